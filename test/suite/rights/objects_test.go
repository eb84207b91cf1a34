package rights

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// rootPod runs as root: Pod Security baseline admits it, restricted does not.
func rootPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "pod-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "pod", Image: "registry.example.com/pod:1"}}},
	}
}

// hostPod shares the node's network: only privileged admits it.
func hostPod() *corev1.Pod {
	pod := rootPod()
	pod.Spec.HostNetwork = true
	return pod
}

// The namespace enforces the level for everybody, the administrator too.
func TestPodSecurity(t *testing.T) {
	t.Parallel()
	admits := map[string][]bool{ // rootPod, hostPod
		"restricted": {false, false},
		"baseline":   {true, false},
		"privileged": {true, true},
	}
	project := newProject(t, helm4)
	for level, admitted := range admits {
		require.NoError(t, project.upgrade("--set", "podSecurity="+level))
		for mode, label := range project.namespace().Labels {
			if mode == "pod-security.kubernetes.io/enforce" || mode == "pod-security.kubernetes.io/warn" || mode == "pod-security.kubernetes.io/audit" {
				require.Equal(t, level, label, mode)
			}
		}
		for i, pod := range []*corev1.Pod{rootPod(), hostPod()} {
			_, err := admin.Typed.CoreV1().Pods(project.name).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if admitted[i] {
				require.NoError(t, err, level)
			} else {
				require.ErrorContains(t, err, `violates PodSecurity "`+level+`:latest"`)
			}
		}
	}
}

func TestQuotaAndLimits(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4, "--set", "podSecurity=baseline,quota.pods=1,quota.requests\\.memory=1Gi",
		"--set", "limits.Container.default.memory=128Mi,limits.Container.defaultRequest.memory=64Mi")

	pod, err := admin.Typed.CoreV1().Pods(project.name).Create(t.Context(), rootPod(), metav1.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, corev1.ResourceRequirements{
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")},
		Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")},
	}, pod.Spec.Containers[0].Resources)
	_, err = admin.Typed.CoreV1().Pods(project.name).Create(t.Context(), rootPod(), metav1.CreateOptions{})
	require.True(t, apierrors.IsForbidden(err), "%v", err)
	require.ErrorContains(t, err, "exceeded quota: "+project.name)
}

func TestNetworkPolicy(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4)
	policies := admin.Typed.NetworkingV1().NetworkPolicies(project.name)
	spec := func() networkingv1.NetworkPolicySpec {
		policy, err := policies.Get(t.Context(), project.name, metav1.GetOptions{})
		require.NoError(t, err)
		return policy.Spec
	}
	nothing := networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}}
	require.Equal(t, nothing, spec())

	require.NoError(t, project.upgrade("--set", "networkPolicy.allowedNamespaces.ingress-nginx=true,networkPolicy.allowedNamespaces.old=false"))
	some := nothing
	some.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: "ingress-nginx"}},
	}}}}
	require.Equal(t, some, spec())

	require.NoError(t, project.upgrade("--set", "networkPolicy.defaultDeny=false"))
	_, err := policies.Get(t.Context(), project.name, metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
}

// The pull secret's content comes from the store, in the type that kubelets ask for.
func TestPullSecretFromStore(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4, "--set", "pullSecret.externalSecret.store=vault,pullSecret.externalSecret.key=registry/the-project")
	client, err := dynamic.NewForConfig(admin.Config)
	require.NoError(t, err)
	kind := schema.GroupVersionResource{Group: "external-secrets.io", Version: "v1", Resource: "externalsecrets"}
	secret, err := client.Resource(kind).Namespace(project.name).Get(t.Context(), "regcred", metav1.GetOptions{})
	require.NoError(t, err)

	spec := secret.Object["spec"].(map[string]any)
	require.Equal(t, map[string]any{"kind": "ClusterSecretStore", "name": "vault"}, spec["secretStoreRef"])
	require.Equal(t, "kubernetes.io/dockerconfigjson", spec["target"].(map[string]any)["template"].(map[string]any)["type"])
	reference := spec["data"].([]any)[0].(map[string]any)
	require.Equal(t, ".dockerconfigjson", reference["secretKey"])
	require.Equal(t, "registry/the-project", reference["remoteRef"].(map[string]any)["key"])
}
