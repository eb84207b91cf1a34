package kubeconfig_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
)

// A job gets the credentials of its branch's environment alone, whatever its variables say.
func TestOfBranch(t *testing.T) {
	t.Parallel()
	const ofDev = `"ref": "dev", "ref_type": "branch", "ref_protected": "true", "pipeline_source": "push", "environment": "dev"`
	const ofReview = `"ref": "feature", "ref_type": "branch", "ref_protected": "false", "pipeline_source": "merge_request_event", "environment": "review/7"`
	job := map[string]string{"CI_COMMIT_BRANCH": "dev", "CI_COMMIT_REF_PROTECTED": "true", kubeconfig.IDToken: jwt("{" + ofDev + "}")}
	claims := func(claims string) map[string]string {
		return map[string]string{kubeconfig.IDToken: jwt("{" + claims + "}")}
	}
	protected := func(environment, branch string) kubeconfig.Options {
		return kubeconfig.Options{Environment: environment, Branch: branch, Protected: true}
	}

	for name, c := range map[string]struct {
		options   kubeconfig.Options
		variables map[string]string // over those of a job of dev
		says      string
	}{
		"its branch's":                           {options: protected("dev", "")},
		"another environment's":                  {options: protected("prod", ""), says: "environment prod is deployed from branch prod alone, and this job is of dev"},
		"another's, by a variable":               {options: protected("prod", ""), variables: map[string]string{"CI_COMMIT_BRANCH": "prod"}, says: `GitLab's token for it says ref "dev", and not "prod"`},
		"its own, by a variable":                 {options: protected("dev", ""), variables: claims(`"ref": "prod", "ref_type": "branch"`), says: `says ref "prod", and not "dev"`},
		"a tag of the branch's name":             {options: protected("dev", ""), variables: claims(`"ref": "dev", "ref_type": "tag"`), says: `says ref_type "tag"`},
		"a branch that is not protected":         {options: protected("dev", ""), variables: claims(`"ref": "dev", "ref_type": "branch", "ref_protected": "false"`), says: `says ref_protected "false"`},
		"a merge request of a branch so called":  {options: protected("dev", ""), variables: claims(ofDev + `, "pipeline_source": "merge_request_event"`), says: `says pipeline_source "merge_request_event"`},
		"a schedule":                             {options: protected("dev", ""), variables: claims(ofDev + `, "pipeline_source": "schedule"`), says: `says pipeline_source "schedule"`},
		"a job of another environment":           {options: protected("dev", ""), variables: claims(ofDev + `, "environment": "prod"`), says: `says environment "prod", and not "dev"`},
		"a job without an environment":           {options: protected("dev", ""), variables: claims(ofDev + `, "environment": ""`), says: `says environment ""`},
		"no token":                               {options: protected("dev", ""), variables: map[string]string{kubeconfig.IDToken: ""}, says: kubeconfig.IDToken + " is not set"},
		"something else in its place":            {options: protected("dev", ""), variables: map[string]string{kubeconfig.IDToken: "prod"}, says: kubeconfig.IDToken + " is not set"},
		"prod looks at stg":                      {options: protected("stg", "prod"), variables: with(claims(`"ref": "prod", "ref_type": "branch", "ref_protected": "true", "environment": "stg"`), "CI_COMMIT_BRANCH", "prod")},
		"dev looks at stg as prod does":          {options: protected("stg", "prod"), says: "environment stg is deployed from branch prod alone, and this job is of dev"},
		"a review":                               {options: kubeconfig.Options{Environment: "review"}, variables: claims(ofReview)},
		"dev, by the job of a review":            {options: kubeconfig.Options{Environment: "dev"}, variables: claims(ofReview), says: `says environment "review/7", and not "dev"`},
		"an environment that begins as a review": {options: kubeconfig.Options{Environment: "review"}, variables: claims(`"environment": "reviewed"`), says: `says environment "reviewed"`},
		"at home, where there is no job":         {options: kubeconfig.Options{Environment: "prod"}, variables: map[string]string{kubeconfig.IDToken: ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := maps.Clone(job)
			maps.Copy(variables, c.variables)
			c.options.Variable = func(name string) string { return variables[name] }
			err := c.options.OfBranch()
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			if token := variables[kubeconfig.IDToken]; token != "" && token != "prod" {
				require.NotContains(t, err.Error(), token)
			}
		})
	}
}
