package kubeconfig

import (
	"cmp"
	"fmt"
	"strings"
)

// IDToken is the variable with the ID token that GitLab has signed for the job (`id_tokens` in ci/service.yml). Variables of a
// project, a group or whoever starts a pipeline can have the name of any other, GitLab's own among them; what this one says
// of the job they cannot change, and the API server takes none that GitLab has not signed.
const IDToken = "SLIPWAY_ID_TOKEN"

// OfBranch says why a job may not have the credentials of the environment: it is of another branch, or its variables and its
// ID token differ.
func (o Options) OfBranch() error {
	claims := decode(o.Variable(IDToken))
	if !o.Protected {
		return o.ofReview(claims)
	}
	branch := cmp.Or(o.Branch, o.Environment)
	if of := o.Variable("CI_COMMIT_BRANCH"); of != branch {
		return fmt.Errorf("environment %s is deployed from branch %s alone, and this job is of %s",
			o.Environment, branch, cmp.Or(of, "none"))
	}
	if claims == nil {
		return fmt.Errorf("%s is not set, which GitLab (15.7 and later) sets to a token of its own for jobs that ask for it by "+
			"`id_tokens`: by it a job's branch is known whatever variables say. A job that repeats one of ci/service.yml's, or "+
			"extends it, keeps that key", IDToken)
	}
	for _, claim := range []struct{ name, is, want string }{
		{"ref_type", claims.RefType, "branch"}, {"ref", claims.Ref, branch}, {"ref_protected", claims.RefProtected, "true"},
		{"environment", claims.Environment, o.Environment},
	} {
		if claim.is != claim.want {
			return o.contradiction(claim.name, claim.is, claim.want)
		}
	}
	switch claims.PipelineSource {
	case "merge_request_event", "schedule":
		return o.contradiction("pipeline_source", claims.PipelineSource, "push")
	}
	return nil
}

// ofReview is OfBranch for an environment that is no branch's: a job of it, or of one below it, such as review/7.
func (o Options) ofReview(claims *claims) error {
	if claims == nil || claims.Environment == o.Environment || strings.HasPrefix(claims.Environment, o.Environment+"/") {
		return nil
	}
	return o.contradiction("environment", claims.Environment, o.Environment)
}

// contradiction is the error for a job that GitLab has made for something else than its script is about to do.
func (o Options) contradiction(claim, is, want string) error {
	return fmt.Errorf("this job would have the credentials of environment %s, but GitLab's token for it says %s %q, and not %q. "+
		"One of GitLab's own variables, such as CI_COMMIT_BRANCH, has been set under Settings > CI/CD > Variables of the project or "+
		"of a group, by a schedule or by whoever has started the pipeline: remove it there", o.Environment, claim, is, want)
}
