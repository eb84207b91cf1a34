package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"
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

func TestNoRole(t *testing.T) {
	manifests := rendered(t, yaml())
	none[*rbacv1.Role](t, manifests)
	none[*rbacv1.RoleBinding](t, manifests)
}
