package deploy

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// workloads are the rights that a release of the chart needs where its objects are, the rollout's included.
var workloads = []rbacv1.PolicyRule{
	{APIGroups: []string{""}, Resources: []string{"configmaps", "secrets", "services", "serviceaccounts"}, Verbs: []string{"*"}},
	{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"*"}},
	{APIGroups: []string{"apps"}, Resources: []string{"replicasets"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingresses"}, Verbs: []string{"*"}},
}

// onNamespaces are rights on Namespace objects.
func onNamespaces(verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: verbs}
}

// clusterAccount makes a service account with exactly these rights in the whole cluster, for as long as the test runs;
// it returns its kubeconfig.
func clusterAccount(t *testing.T, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	ctx, rbac := t.Context(), admin.Typed.RbacV1()
	account := newAccount(t)
	meta := metav1.ObjectMeta{Name: account.Name}
	_, err := rbac.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = rbac.ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account.Name, Namespace: account.Namespace}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: account.Name},
	}, metav1.CreateOptions{})
	require.NoError(t, err)

	t.Cleanup(func() {
		require.NoError(t, rbac.ClusterRoleBindings().Delete(context.Background(), account.Name, metav1.DeleteOptions{}))
		require.NoError(t, rbac.ClusterRoles().Delete(context.Background(), account.Name, metav1.DeleteOptions{}))
	})

	kubeconfig := kubeconfigOf(t, account)
	waitForRight(t, kubeconfig, authorizationv1.ResourceAttributes{
		Verb: rules[0].Verbs[0], Group: rules[0].APIGroups[0], Resource: rules[0].Resources[0],
	})
	return kubeconfig
}

// namespaceAccount makes a service account with exactly these rights in one namespace; it returns its kubeconfig.
func namespaceAccount(t *testing.T, namespace string, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	account := newAccount(t)
	grant(t, account, namespace, rules...)
	kubeconfig := kubeconfigOf(t, account)
	waitForRights(t, kubeconfig, namespace)
	return kubeconfig
}

// grant gives a service account rights in a namespace.
func grant(t *testing.T, account *corev1.ServiceAccount, namespace string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: account.Name, Namespace: namespace}
	_, err := admin.Typed.RbacV1().Roles(namespace).Create(t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: rules}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = admin.Typed.RbacV1().RoleBindings(namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: meta,
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account.Name, Namespace: account.Namespace}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: account.Name},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
}

// newAccount makes a service account, outside the namespaces that tests look at.
func newAccount(t *testing.T) *corev1.ServiceAccount {
	t.Helper()
	account, err := admin.Typed.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Create(t.Context(),
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: unique("account")}}, metav1.CreateOptions{})
	require.NoError(t, err)
	return account
}

// kubeconfigOf returns the path of a kubeconfig with a token of the service account.
func kubeconfigOf(t *testing.T, account *corev1.ServiceAccount) string {
	t.Helper()
	token, err := admin.Typed.CoreV1().ServiceAccounts(account.Namespace).CreateToken(t.Context(),
		account.Name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)

	const name = "test"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server: admin.Config.Host, CertificateAuthorityData: admin.Config.CAData,
	}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	return path
}
