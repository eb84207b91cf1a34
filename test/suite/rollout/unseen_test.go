package rollout

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// What an old revision had, and what is not to be seen any more, is skipped: the right to it was taken away, or its kind.
func TestUnseen(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for name, withdraw := range map[string]func(s service){
			"no right": func(s service) {
				require.NoError(s.t, admin.Typed.RbacV1().Roles(namespace).Delete(s.t.Context(), s.name, metav1.DeleteOptions{}))
			},
			"no kind": func(s service) {
				client, err := apiextensions.NewForConfig(admin.Config)
				require.NoError(s.t, err)
				definitions := client.ApiextensionsV1().CustomResourceDefinitions()
				require.NoError(s.t, definitions.Delete(s.t.Context(), s.plural()+".example.com", metav1.DeleteOptions{}))
				s.serves(false)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				s.defineKind()
				s.mustUpgrade(append(good("dev-1"), "--set-json", `extraObjects.own={"apiVersion":"example.com/v1","kind":"`+s.kind()+`","metadata":{"name":"`+s.name+`"}}`)...)
				s.mustUpgrade(good("dev-2")...)
				s.beginDead(nothing, s.atomic()...).kill()
				withdraw(s)

				s.env = []string{"KUBECACHEDIR=" + t.TempDir()} // another job's, which knows nothing of the kind
				said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(good("dev-3")...)
				require.Contains(t, said, "slipway: "+s.kind()+" objects are not looked at: ")
				s.requireAsFresh("dev-3")
				s.bySlipway().mustUpgrade(good("dev-4")...)
			})
		}
	})
}

// plural and kind name a kind of the service's own.
func (s service) plural() string { return s.kind() + "s" }
func (s service) kind() string   { return "k" + s.name[len("service-"):] }

// defineKind defines the kind, and grants the deployer all rights to it.
func (s service) defineKind() {
	s.t.Helper()
	client, err := apiextensions.NewForConfig(admin.Config)
	require.NoError(s.t, err)
	_, err = client.ApiextensionsV1().CustomResourceDefinitions().Create(s.t.Context(), &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: s.plural() + ".example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "example.com", Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: s.plural(), Singular: s.kind(), Kind: s.kind(), ListKind: s.kind() + "List"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{Type: "object"}},
			}},
		},
	}, metav1.CreateOptions{})
	require.NoError(s.t, err)
	s.serves(true)
	_, err = admin.Typed.RbacV1().Roles(namespace).Create(s.t.Context(), &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: s.name},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"example.com"}, Resources: []string{s.plural()}, Verbs: []string{"*"}}},
	}, metav1.CreateOptions{})
	require.NoError(s.t, err)
	_, err = admin.Typed.RbacV1().RoleBindings(namespace).Create(s.t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: s.name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: s.name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "system:serviceaccounts:" + namespace}},
	}, metav1.CreateOptions{})
	require.NoError(s.t, err)
}

// serves waits until the API server serves the kind, or does not any more.
func (s service) serves(want bool) {
	s.t.Helper()
	eventually.NoError(s.t, "the kind "+s.kind(), func(context.Context) error {
		list, err := admin.Typed.Discovery().ServerResourcesForGroupVersion("example.com/v1")
		served := false
		if err == nil {
			for _, one := range list.APIResources {
				served = served || one.Name == s.plural()
			}
		}
		if served != want {
			return errors.New("not yet")
		}
		return nil
	})
}
