package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	podsecurity "k8s.io/pod-security-admission/api"

	"gitlab.example.com/platform/slipway/test/cluster"
)

// newNamespace makes a namespace for the test, and returns its name and clients of the administrator and of its
// deployer. If the test fails it prints what is in the namespace.
func newNamespace(t *testing.T) (namespace string, admin, deployer kubernetes.Interface) {
	t.Helper()
	namespace = strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	admin = newClient(t, shared.Kubeconfig)
	makeDeployer(t, admin, namespace)
	kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), shared.Kubeconfig, cluster.DeployerOptions{Namespace: namespace})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			describe(t, admin, namespace)
		}
	})
	return namespace, admin, newClient(t, kubeconfig)
}

// makeDeployer makes a namespace with a service account that may do in it what these tests of the cluster do, which is
// more than deploying; the deployer that charts/project makes has tests of its own.
func makeDeployer(t *testing.T, admin kubernetes.Interface, namespace string) {
	t.Helper()
	_, err := admin.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Labels: map[string]string{podsecurity.EnforceLevelLabel: string(podsecurity.LevelRestricted)},
	}}, metav1.CreateOptions{})
	require.NoError(t, err)
	meta := metav1.ObjectMeta{Name: "deployer", Namespace: namespace}
	_, err = admin.CoreV1().ServiceAccounts(namespace).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: meta}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = admin.RbacV1().RoleBindings(namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: meta.Name, Namespace: namespace}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
}

func newClient(t *testing.T, kubeconfig string) kubernetes.Interface {
	t.Helper()
	client, err := cluster.Client(kubeconfig)
	require.NoError(t, err)
	return client
}

// eventually polls until condition returns nil; where it never does, the test fails with its last error.
func eventually(t *testing.T, what string, condition func(context.Context) error) {
	t.Helper()
	require.NoError(t, poll(t.Context(), condition), "waiting for %s", what)
}

// poll returns when condition returns nil, or with its last error where it never does.
func poll(ctx context.Context, condition func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		last = condition(ctx)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("%w; last: %w", err, last)
	}
	return nil
}

// describe prints the pods and events of a namespace and the end of the control plane's log.
func describe(t *testing.T, client kubernetes.Interface, namespace string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, pod := range pods.Items {
			t.Logf("pod %s: %s, node %q, conditions %+v, containers %+v", pod.Name, pod.Status.Phase, pod.Spec.NodeName,
				pod.Status.Conditions, pod.Status.ContainerStatuses)
		}
	}
	if events, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, event := range events.Items {
			t.Logf("event %s %s/%s: %s: %s", event.Type, event.InvolvedObject.Kind, event.InvolvedObject.Name, event.Reason, event.Message)
		}
	}
	if log, err := os.ReadFile(filepath.Join(filepath.Dir(shared.Kubeconfig), "log")); err == nil {
		t.Logf("end of the control plane's log:\n%s", log[max(0, len(log)-4000):])
	}
}

// restrictedPod is a pod that Pod Security "restricted" admits, with one container of this image.
func restrictedPod(image string) corev1.PodSpec {
	return corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot:   new(true),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{restrictedContainer("app", image)},
	}
}

func restrictedContainer(name, image string) corev1.Container {
	return corev1.Container{
		Name: name, Image: image,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}
