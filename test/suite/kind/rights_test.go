//go:build e2e

package kind

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// The deployer's token opens its own project, and neither another one nor anything else of the cluster.
func TestTokenOpensItsOwnProjectAlone(t *testing.T) {
	mine, other := newRelease(t, helmcli.Helm4), newRelease(t, helmcli.Helm4)
	mine.mustDeploy("v1")
	other.mustDeploy("v1")
	before := other.everything()

	deployer := mine.terminal(helmcli.Helm4)
	for _, attempt := range []struct {
		name string
		args []string
	}{
		{"read another project's secrets", []string{"get", "secrets", "--namespace", other.name}},
		{"read another project's log", []string{"logs", "deployment/" + service, "--namespace", other.name}},
		{"restart another project's service", []string{"rollout", "restart", "deployment/" + service, "--namespace", other.name}},
		{"delete another project's service", []string{"delete", "service", service, "--namespace", other.name}},
		{"read secrets of all namespaces", []string{"get", "secrets", "--all-namespaces"}},
		{"read the ingress controller's pods", []string{"get", "pods", "--namespace", "ingress"}},
		{"read the nodes", []string{"get", "nodes"}},
		{"read the namespaces", []string{"get", "namespaces"}},
		{"make a namespace", []string{"create", "namespace", "mine"}},
		{"make itself an administrator", []string{"create", "clusterrolebinding", "mine", "--clusterrole", "cluster-admin", "--serviceaccount", mine.name + ":deployer"}},
		{"take the label of Pod Security away", []string{"label", "namespace", mine.name, "pod-security.kubernetes.io/enforce-"}},
		{"enter a pod", []string{"exec", "deployment/" + service, "--", "/" + service}},
		{"evict by draining the node", []string{"drain", node.Node(), "--ignore-daemonsets", "--force"}},
	} {
		t.Run(attempt.name, func(t *testing.T) {
			output, err := helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: deployer.Kubeconfig}.Run("kubectl", attempt.args...)
			require.Error(t, err)
			require.Contains(t, strings.ToLower(output.Stderr), "forbidden")
		})
	}
	for _, helm := range helmcli.Programs {
		t.Run("deploy into another project with "+helm.String(), func(t *testing.T) {
			output, err := helmcli.Terminal{T: t, Program: helm, Kubeconfig: deployer.Kubeconfig}.
				Run("helm", append(other.by(helm).deployArguments("v2"), "--namespace", other.name)...)
			require.Error(t, err)
			require.Contains(t, output.Stderr, "forbidden")
		})
	}
	require.Equal(t, before, other.everything(), "nothing has changed in the other project")
	// What is refused to the other's is allowed to its own.
	mine.terminal(helmcli.Helm4).Must("kubectl", "get", "secrets")
	mine.mustDeploy("v2")
}

// everything is the identity and version of what a deploy makes.
func (r release) everything() string {
	r.t.Helper()
	return helmcli.Terminal{T: r.t, Program: helmcli.Helm4, Kubeconfig: admin.kubeconfig}.Must("kubectl", "get", "deployments,services,configmaps,secrets,ingresses,replicasets",
		"--namespace", r.name, "--output", `jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.generation}{"\n"}{end}`).Stdout
}

// Pod Security "restricted" is enforced in a project: its deployer gets no other pod in, by no way.
func TestRestrictedIsEnforced(t *testing.T) {
	r := newRelease(t, helmcli.Helm3)
	namespace, err := admin.client.CoreV1().Namespaces().Get(t.Context(), r.name, metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, "restricted", namespace.Labels["pod-security.kubernetes.io/enforce"])

	for name, change := range map[string]func(*corev1.PodSpec){
		"privileged": func(s *corev1.PodSpec) {
			s.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
		},
		"the host's files": func(s *corev1.PodSpec) {
			s.Volumes = []corev1.Volume{{Name: "root", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
		},
		"the host's network": func(s *corev1.PodSpec) { s.HostNetwork = true },
		"nothing said":       func(*corev1.PodSpec) {},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{GenerateName: "refused-"},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: loadImage}}},
			}
			change(&pod.Spec)
			_, err := r.client().CoreV1().Pods(r.name).Create(t.Context(), pod, metav1.CreateOptions{})
			require.ErrorContains(t, err, `violates PodSecurity "restricted:latest"`)
		})
	}

	// Helm is told so too, within its timeout, and takes the release back.
	output, err := r.terminal(helmcli.Helm3).Run("helm", append(r.deployArguments("v1", "--set", "securityContext.allowPrivilegeEscalation=true"), "--timeout", "20s")...)
	require.Error(t, err)
	require.Contains(t, output.Stderr, "would violate PodSecurity")
	r.mustDeploy("v1")
	pods, err := r.pods(t.Context())
	require.NoError(t, err)
	require.Len(t, pods, 2)
}
