package rights

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// What the proof rests on: a right that nothing uses is found.
func TestUnusedRightIsFound(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4, "--set-json", `deployer.rules.extra={"apiGroups":["apps"],"resources":["statefulsets"],"verbs":["list","get"]}`)
	project.deployer().Must("kubectl", "get", "services,statefulsets")

	requireUsed(t, project.user(), rights{{"apps", "statefulsets", "list"}: true, {"", "services", "list"}: true})
	unused := project.granted().without(usageOf(t, project.user()).granted)
	require.Contains(t, unused.sorted(), "statefulsets.apps get")
	require.NotContains(t, unused.sorted(), "statefulsets.apps list")
}

// What the proof rests on: a right that is missing is found. Helm 4 makes objects with a patch, which takes the right to
// create them too.
func TestMissingRightIsFound(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"get", "create"} {
		t.Run(verb, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *program) {
				project := newProject(t, p)
				d := project.deployer()
				project.revoke(d, right{"apps", "deployments", verb})

				err := d.newService("example-microservice").upgrade("dev-1")
				require.ErrorContains(t, err, fmt.Sprintf(`cannot %s resource "deployments" in API group "apps"`, verb))
				eventually.NoError(t, "the refusal in the audit log", func(context.Context) error {
					if refused := usageOf(t, project.user()).refused.sorted(); !slices.Equal(refused, []string{"deployments.apps " + verb}) {
						return fmt.Errorf("refused: %v", refused)
					}
					return nil
				})
			})
		})
	}
}

// What the proof rests on: the rights of a feature are needed for it.
func TestFeatureThatIsOffIsRefused(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := newProject(t, p, only(t, core)...)
		s := project.deployer().newService("example-microservice")
		s.values = append(s.values, featureValues("cronJobs"))

		require.ErrorContains(t, s.upgrade("dev-1"), `cannot get resource "cronjobs" in API group "batch"`)
		_, err := s.Run("helm", "status", s.name)
		require.ErrorContains(t, err, "release: not found")

		require.NoError(t, project.upgrade(only(t, "cronJobs")...))
		waitUntil(s.terminal, true, right{"batch", "cronjobs", "create"}.attributes(project.name))
		require.NoError(t, s.upgrade("dev-1"))
	})
}

// revoke removes one right from the deployer's Role, and waits until the API server knows.
func (p project) revoke(d terminal, revoked right) {
	p.T.Helper()
	roles := admin.Typed.RbacV1().Roles(p.name)
	role, err := roles.Get(p.T.Context(), deployer, metav1.GetOptions{})
	require.NoError(p.T, err)
	for i, rule := range role.Rules {
		if slices.Equal(rule.APIGroups, []string{revoked.group}) && slices.Equal(rule.Resources, []string{revoked.resource}) {
			role.Rules[i].Verbs = slices.DeleteFunc(rule.Verbs, func(verb string) bool { return verb == revoked.verb })
		}
	}
	require.NotContains(p.T, rightsOf(role.Rules), revoked)
	_, err = roles.Update(p.T.Context(), role, metav1.UpdateOptions{})
	require.NoError(p.T, err)
	waitUntil(d, false, revoked.attributes(p.name))
}
