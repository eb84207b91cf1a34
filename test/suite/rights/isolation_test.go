package rights

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// all turns all features on.
func all(t *testing.T) []string {
	t.Helper()
	var args []string
	for _, feature := range features(t) {
		args = append(args, "--set", "deployer.features."+feature+"=true")
	}
	return args
}

// In all other namespaces the deployer may do what an account without any rights may, and nothing else.
func TestNoRightElsewhere(t *testing.T) {
	t.Parallel()
	project, other := newProject(t, helm4, all(t)...), newProject(t, helm4, all(t)...)
	deployer := project.deployer().client()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "nobody"}}
	_, err := admin.Typed.CoreV1().ServiceAccounts(other.name).Create(t.Context(), account, metav1.CreateOptions{})
	require.NoError(t, err)
	nobody := newTerminal(t, helm4, writeKubeconfig(t, other.name, token(t, other.name, "nobody"))).client()

	for _, namespace := range []string{other.name, projects, metav1.NamespaceDefault, metav1.NamespaceSystem} {
		want, got := rulesIn(t, nobody, namespace), rulesIn(t, deployer, namespace)
		require.ElementsMatch(t, want.ResourceRules, got.ResourceRules, namespace)
		require.ElementsMatch(t, want.NonResourceRules, got.NonResourceRules, namespace)
	}
	require.Greater(t, len(rulesIn(t, deployer, project.name).ResourceRules), len(rulesIn(t, nobody, project.name).ResourceRules))
}

// rulesIn returns what the API server lets the client do in a namespace, and outside all of them.
func rulesIn(t *testing.T, client kubernetes.Interface, namespace string) authorizationv1.SubjectRulesReviewStatus {
	t.Helper()
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}
	answer, err := client.AuthorizationV1().SelfSubjectRulesReviews().Create(t.Context(), review, metav1.CreateOptions{})
	require.NoError(t, err)
	require.False(t, answer.Status.Incomplete)
	return answer.Status
}

// Real requests, each of which would do harm. The deployer has all features.
func TestHarmIsRefused(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4, append(all(t), "--set", "quota.pods=10,limits.Container.max.memory=1Gi")...)
	other := newProject(t, helm4)
	d := project.deployer()
	own, client := project.name, d.client()
	options := metav1.CreateOptions{}
	broader := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: "broader"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"apps"}, Resources: []string{"daemonsets"}, Verbs: []string{"get"}}},
	}
	admins := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "admins"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "admin"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: deployer, Namespace: own}},
	}
	more := []byte(`[{"op":"add","path":"/rules/-","value":{"apiGroups":["apps"],"resources":["daemonsets"],"verbs":["get"]}}]`)
	label := []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`)

	requests := map[string]func(context.Context) error{
		"read the other project's secrets": func(ctx context.Context) error {
			_, err := client.CoreV1().Secrets(other.name).List(ctx, metav1.ListOptions{})
			return err
		},
		"deploy into the other project": func(ctx context.Context) error {
			_, err := client.CoreV1().ConfigMaps(other.name).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "x"}}, options)
			return err
		},
		"stop the other project's services": func(ctx context.Context) error {
			return client.AppsV1().Deployments(other.name).Delete(ctx, "example-microservice", metav1.DeleteOptions{})
		},
		"become the other project's deployer": func(ctx context.Context) error {
			_, err := client.CoreV1().ServiceAccounts(other.name).CreateToken(ctx, deployer, &authenticationv1.TokenRequest{}, options)
			return err
		},
		"read all secrets": func(ctx context.Context) error {
			_, err := client.CoreV1().Secrets("").List(ctx, metav1.ListOptions{})
			return err
		},
		"see the other projects": func(ctx context.Context) error {
			_, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
			return err
		},
		"make a namespace": func(ctx context.Context) error {
			_, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "x-"}}, options)
			return err
		},
		"see the nodes": func(ctx context.Context) error {
			_, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
			return err
		},
		"lower its Pod Security": func(ctx context.Context) error {
			_, err := client.CoreV1().Namespaces().Patch(ctx, own, types.MergePatchType, label, metav1.PatchOptions{})
			return err
		},
		"delete its namespace": func(ctx context.Context) error {
			return client.CoreV1().Namespaces().Delete(ctx, own, metav1.DeleteOptions{})
		},
		"remove its quota": func(ctx context.Context) error {
			return client.CoreV1().ResourceQuotas(own).Delete(ctx, own, metav1.DeleteOptions{})
		},
		"remove its limits": func(ctx context.Context) error {
			return client.CoreV1().LimitRanges(own).Delete(ctx, own, metav1.DeleteOptions{})
		},
		"add to its Role": func(ctx context.Context) error {
			_, err := client.RbacV1().Roles(own).Patch(ctx, deployer, types.JSONPatchType, more, metav1.PatchOptions{})
			return err
		},
		"make a Role with more rights than its own": func(ctx context.Context) error {
			_, err := client.RbacV1().Roles(own).Create(ctx, broader, options)
			return err
		},
		"bind itself to a role with more rights": func(ctx context.Context) error {
			_, err := client.RbacV1().RoleBindings(own).Create(ctx, admins, options)
			return err
		},
		"bind itself in the whole cluster": func(ctx context.Context) error {
			binding := &rbacv1.ClusterRoleBinding{ObjectMeta: admins.ObjectMeta, RoleRef: admins.RoleRef, Subjects: admins.Subjects}
			_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, binding, options)
			return err
		},
		"ask for another token of its own": func(ctx context.Context) error {
			_, err := client.CoreV1().ServiceAccounts(own).CreateToken(ctx, deployer, &authenticationv1.TokenRequest{}, options)
			return err
		},
		"run a command in a pod": func(ctx context.Context) error {
			return client.CoreV1().RESTClient().Post().Namespace(own).Resource("pods").Name("x").SubResource("exec").Do(ctx).Error()
		},
		"evict a pod": func(ctx context.Context) error {
			return client.PolicyV1().Evictions(own).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: own}})
		},
		"act as the administrator": func(ctx context.Context) error {
			config := d.config()
			config.Impersonate = rest.ImpersonationConfig{UserName: "kubernetes-admin", Groups: []string{"system:masters"}}
			impersonator, err := kubernetes.NewForConfig(config)
			if err != nil {
				return err
			}
			_, err = impersonator.CoreV1().Secrets(own).List(ctx, metav1.ListOptions{})
			return err
		},
	}
	for what, request := range requests {
		t.Run(what, func(t *testing.T) {
			err := request(t.Context())
			require.True(t, apierrors.IsForbidden(err), "%v", err)
		})
	}
}

// Helm says so where a token of one project is used for another.
func TestHelmInAnotherProject(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project, other := newProject(t, p), newProject(t, p)
		err := project.deployer().newService("example-microservice").upgrade("dev-1", "--namespace", other.name)
		require.ErrorContains(t, err, `secrets is forbidden: User "`+project.user()+`" cannot list resource "secrets" in API group "" in the namespace "`+other.name+`"`)
	})
}
