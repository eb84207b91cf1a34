package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestRole(t *testing.T) {
	const rules = `serviceAccount: {rules: {b: {apiGroups: [""], resources: [pods], verbs: [get]}, a: {apiGroups: [apps], resources: [deployments], verbs: [list]}, gone: {apiGroups: [""], resources: [secrets], verbs: [get]}}}`
	cases := []struct {
		name    string
		values  given
		account string
	}{
		{name: "for the service's account", values: yaml(rules, "serviceAccount: {rules: {gone: null}}"), account: name},
		{name: "for an existing account", values: yaml(rules, "serviceAccount: {create: false, name: robot, rules: {gone: null}}"), account: "robot"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			require.Equal(t, []rbacv1.PolicyRule{
				{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"list"}},
				{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get"}},
			}, get[*rbacv1.Role](t, manifests).Rules)
			binding := get[*rbacv1.RoleBinding](t, manifests)
			require.Equal(t, rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: name}, binding.RoleRef)
			require.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: c.account, Namespace: namespace}}, binding.Subjects)
		})
	}
}

// The account of a hook job, which runs before Helm makes the service's Role, has the same rights by a Role of the job's own.
func TestJobsBringTheirRights(t *testing.T) {
	const job = "jobs: {migrate: {weight: 5, hooks: [pre-upgrade]}}"
	const rules = `serviceAccount: {rules: {pods: {apiGroups: [""], resources: [pods], verbs: [get]}}}`
	cases := []struct {
		name    string
		values  given
		account string // "" for no Role
	}{
		{name: "for its account", values: yaml(job, rules), account: name + ".migrate"},
		{name: "for an existing account", values: yaml(job, rules, "serviceAccount: {create: false, name: robot}"), account: "robot"},
		{name: "no rules", values: yaml(job)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			if c.account == "" {
				none[*rbacv1.Role](t, manifests)
				none[*rbacv1.RoleBinding](t, manifests)
				return
			}
			job, err := render.Get[*batchv1.Job](manifests, name+"-migrate")
			require.NoError(t, err)
			require.Equal(t, c.account, job.Spec.Template.Spec.ServiceAccountName)
			role, err := render.Get[*rbacv1.Role](manifests, name+".migrate")
			require.NoError(t, err)
			require.Equal(t, get[*rbacv1.Role](t, manifests).Rules, role.Rules)
			binding, err := render.Get[*rbacv1.RoleBinding](manifests, name+".migrate")
			require.NoError(t, err)
			require.Equal(t, rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: role.Name}, binding.RoleRef)
			require.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: c.account, Namespace: namespace}}, binding.Subjects)
			for _, object := range []metav1.Object{role, binding} {
				require.Equal(t, "pre-upgrade", object.GetAnnotations()["helm.sh/hook"])
				require.Equal(t, job.Annotations["helm.sh/hook-delete-policy"], object.GetAnnotations()["helm.sh/hook-delete-policy"])
				require.Less(t, weight(t, object), weight(t, job))
			}
		})
	}
}

func TestNoRole(t *testing.T) {
	manifests := rendered(t, yaml())
	none[*rbacv1.Role](t, manifests)
	none[*rbacv1.RoleBinding](t, manifests)
}
