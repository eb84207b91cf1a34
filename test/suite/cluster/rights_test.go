package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	audit "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
)

func TestDeployerRights(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)

	for _, c := range []struct {
		name    string
		do      func(ctx context.Context) error
		refused bool
	}{
		{name: "creates a ConfigMap in its namespace", do: createConfigMap(deployer, namespace)},
		{name: "lists pods in its namespace", do: func(ctx context.Context) error {
			_, err := deployer.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
			return err
		}},
		{name: "creates a ConfigMap elsewhere", do: createConfigMap(deployer, "default"), refused: true},
		{name: "lists namespaces", refused: true, do: func(ctx context.Context) error {
			_, err := deployer.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
			return err
		}},
		{name: "changes its namespace", refused: true, do: func(ctx context.Context) error {
			return deployer.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
		}},
		{name: "gives itself rights", refused: true, do: func(ctx context.Context) error {
			binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "more"},
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"}}
			_, err := deployer.RbacV1().RoleBindings(namespace).Create(ctx, binding, metav1.CreateOptions{})
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.do(t.Context())
			if c.refused {
				require.True(t, apierrors.IsForbidden(err), "%v", err)
			} else {
				require.NoError(t, err)
			}
		})
	}

	// What was asked, by whom, and how it was answered is in the audit log: rights can be compared with their use.
	eventually(t, "the audit log", func(context.Context) error { return findAudit(namespace) })
}

func createConfigMap(client kubernetes.Interface, namespace string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "made"}}, metav1.CreateOptions{})
		return err
	}
}

// findAudit looks for the deployer's request for a ConfigMap in its namespace.
func findAudit(namespace string) error {
	content, err := os.ReadFile(auditLog)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		var event audit.Event
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			return err
		}
		if event.User.Username == "system:serviceaccount:"+namespace+":deployer" && event.Verb == "create" &&
			event.ObjectRef.Resource == "configmaps" && event.ObjectRef.Namespace == namespace && event.ResponseStatus.Code == 201 {
			return nil
		}
	}
	return os.ErrNotExist
}

// TestDeployerKubeconfig: it is for nobody else, holds nothing of the administrator's, and can be renewed.
func TestDeployerKubeconfig(t *testing.T) {
	t.Parallel()
	namespace, _, _ := newNamespace(t)
	token := func(lifetime time.Duration) string {
		kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), shared.Kubeconfig,
			cluster.DeployerOptions{Namespace: namespace, Lifetime: lifetime})
		require.NoError(t, err)
		info, err := os.Stat(kubeconfig)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		config, err := clientcmd.LoadFromFile(kubeconfig)
		require.NoError(t, err)
		require.Equal(t, namespace, config.Contexts[config.CurrentContext].Namespace)
		require.Len(t, config.AuthInfos, 1, "nothing of the administrator's")
		for _, c := range config.Clusters {
			require.NotEmpty(t, c.CertificateAuthorityData)
			require.False(t, c.InsecureSkipTLSVerify)
		}
		_, err = newClient(t, kubeconfig).CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err, "its rights are in force")
		return config.AuthInfos["deployer"].Token
	}
	require.NotEqual(t, token(time.Hour), token(2*time.Hour))
}

// TestDeployerIsUsableAtOnce: rights and the service account of pods follow a moment after they are asked for, and
// nobody who deploys next should have to know.
func TestDeployerIsUsableAtOnce(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		namespace := fmt.Sprintf("at-once-%d", i)
		makeDeployer(t, newClient(t, shared.Kubeconfig), namespace)
		kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), shared.Kubeconfig, cluster.DeployerOptions{Namespace: namespace})
		require.NoError(t, err)
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: restrictedPod("registry.example.com/app:1")}
		_, err = newClient(t, kubeconfig).CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
		require.NoError(t, err, namespace)
	}
}

func TestDeployerRefusesWrongOptions(t *testing.T) {
	t.Parallel()
	namespace, _, _ := newNamespace(t)
	for _, c := range []struct {
		name    string
		options cluster.DeployerOptions
		says    string
	}{
		{"no namespace", cluster.DeployerOptions{}, `deployer of namespace "": not a namespace's name`},
		{"not a name", cluster.DeployerOptions{Namespace: "The Project"}, `deployer of namespace "The Project": not a namespace's name`},
		{"no project", cluster.DeployerOptions{Namespace: "nowhere"}, "helm upgrade --install nowhere charts/project --namespace projects"},
		{"too short", cluster.DeployerOptions{Namespace: namespace, Lifetime: time.Minute}, "may not specify a duration less than 10 minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cluster.DeployerKubeconfig(t.Context(), shared.Kubeconfig, c.options)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestPodSecurityIsEnforced(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)

	bad := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bad"}, Spec: restrictedPod("registry.example.com/app:1")}
	bad.Spec.Containers[0].SecurityContext.AllowPrivilegeEscalation = nil
	_, err := deployer.CoreV1().Pods(namespace).Create(t.Context(), bad, metav1.CreateOptions{})
	require.True(t, apierrors.IsForbidden(err), "%v", err)
	require.ErrorContains(t, err, `violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`)

	good := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "good"}, Spec: restrictedPod("registry.example.com/app:1")}
	_, err = deployer.CoreV1().Pods(namespace).Create(t.Context(), good, metav1.CreateOptions{})
	require.NoError(t, err)
}

func TestServiceAccountAdmission(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)

	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: restrictedPod("registry.example.com/app:1")}
	made, err := deployer.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, "default", made.Spec.ServiceAccountName)
	require.True(t, slices.ContainsFunc(made.Spec.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool {
		return m.MountPath == "/var/run/secrets/kubernetes.io/serviceaccount"
	}), "%+v", made.Spec.Containers[0].VolumeMounts)

	pod = pod.DeepCopy()
	pod.Name, pod.Spec.ServiceAccountName = "nobody", "nobody"
	_, err = deployer.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	require.ErrorContains(t, err, `error looking up service account `+namespace+`/nobody`)
}
