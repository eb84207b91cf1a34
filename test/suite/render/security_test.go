package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

// forbidden returns what the API server's own Pod Security checks say against a pod at level restricted; empty if they
// admit it.
func forbidden(t *testing.T, pod corev1.PodTemplateSpec) string {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	require.NoError(t, err)
	// The oldest Kubernetes that the chart is for, and this one.
	var details []string
	for _, version := range []api.Version{api.MajorMinorVersion(1, 30), api.LatestVersion()} {
		restricted := api.LevelVersion{Level: api.LevelRestricted, Version: version}
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
		require.Equal(t, result.Allowed, result.ForbiddenReason() == "")
		details = append(details, result.ForbiddenDetail())
	}
	require.Equal(t, details[0], details[1])
	return details[0]
}

func TestPodSecurity(t *testing.T) {
	cases := []struct {
		name   string
		values given
		says   string // what is forbidden; empty: nothing
	}{
		{name: "by default", values: yaml()},
		{name: "with everything on", values: yaml(everything)},
		{name: "a worker", values: yaml(worker)},
		{name: "another user and group", values: yaml("podSecurityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000}")},
		{name: "a writable root file system", values: yaml("securityContext: {readOnlyRootFilesystem: false}")},
		{name: "root", values: yaml("podSecurityContext: {runAsUser: 0}"), says: "runAsUser=0"},
		{name: "perhaps root", values: yaml("podSecurityContext: {runAsNonRoot: false}"), says: "runAsNonRoot != true"},
		{name: "no seccomp profile", values: yaml("podSecurityContext: {seccompProfile: {type: Unconfined}}"), says: "seccompProfile"},
		{name: "more rights", values: yaml("securityContext: {allowPrivilegeEscalation: true}"), says: "allowPrivilegeEscalation != false"},
		{name: "capabilities kept", values: yaml("securityContext: {capabilities: {drop: [NET_RAW]}}"), says: "unrestricted capabilities"},
		{name: "more rights for an init container", values: yaml("initContainers: {a: {securityContext: {allowPrivilegeEscalation: true}}}"), says: "container \"a\" must set securityContext.allowPrivilegeEscalation=false"},
		{name: "more rights for a sidecar", values: yaml("sidecars: {a: {securityContext: {runAsNonRoot: false}}}"), says: "container \"a\" must not set securityContext.runAsNonRoot=false"},
		{name: "another user for a sidecar", values: yaml("sidecars: {a: {securityContext: {runAsUser: 1000}}}")},
		{name: "more rights for every pod", values: yaml(everything, "securityContext: {allowPrivilegeEscalation: true}"), says: "allowPrivilegeEscalation != false"},
		{name: "no security context", values: yaml("podSecurityContext: null", "securityContext: null"), says: "runAsNonRoot != true"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for made, pod := range pods(t, rendered(t, c.values)) {
				detail := forbidden(t, pod)
				if c.says == "" {
					require.Empty(t, detail, made)
				} else {
					require.Contains(t, detail, c.says, made)
				}
			}
		})
	}
}

// Pod Security does not ask for these.
func TestSecurityBeyondRestricted(t *testing.T) {
	pod := pod(t, yaml())
	require.Equal(t, ptr.To(true), pod.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem)
	require.Equal(t, &corev1.PodSecurityContext{
		RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To[int64](65532), RunAsGroup: ptr.To[int64](65532), FSGroup: ptr.To[int64](65532),
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}, pod.Spec.SecurityContext)
}

// The kubelet starts no root that must not be root: who says user 0 says that too.
func TestRoot(t *testing.T) {
	for _, c := range []struct {
		name, values                string
		pod, service, beside, other *bool
	}{
		{name: "by default", values: "{}", pod: ptr.To(true)},
		{name: "the pod's user", values: "podSecurityContext: {runAsUser: 0}", pod: ptr.To(false)},
		{name: "another one of the pod", values: "podSecurityContext: {runAsUser: 1000}", pod: ptr.To(true)},
		{name: "the service's", values: "securityContext: {runAsUser: 0}", pod: ptr.To(true), service: ptr.To(false), beside: ptr.To(false)},
		{name: "a sidecar's", values: "sidecars: {a: {securityContext: {runAsUser: 0}}}", pod: ptr.To(true), beside: ptr.To(false)},
		{name: "another image's", values: "sidecars: {b: {securityContext: {runAsUser: 0}}}", pod: ptr.To(true), other: ptr.To(false)},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := pod(t, yaml("sidecars: {a: {}, b: {image: {repository: registry.example.com/b, tag: b-1}}}", c.values)).Spec
			require.Equal(t, c.pod, spec.SecurityContext.RunAsNonRoot)
			require.Equal(t, c.service, spec.Containers[0].SecurityContext.RunAsNonRoot)
			require.Equal(t, c.beside, spec.InitContainers[0].SecurityContext.RunAsNonRoot)
			require.Equal(t, c.other, spec.InitContainers[1].SecurityContext.RunAsNonRoot)
		})
	}
}

func TestServiceAccount(t *testing.T) {
	cases := []struct {
		name   string
		values given
		made   string // "": none
		used   string
		token  bool
	}{
		{name: "by default", values: yaml(), made: name, used: name},
		{name: "with a token", values: yaml("serviceAccount: {automount: true}"), made: name, used: name, token: true},
		{name: "named", values: yaml("serviceAccount: {name: robot}"), made: "robot", used: "robot"},
		{name: "an existing one", values: yaml("serviceAccount: {create: false, name: robot}"), used: "robot"},
		{name: "the namespace's", values: yaml("serviceAccount: {create: false}"), used: "default"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			pod := pod(t, c.values).Spec
			require.Equal(t, c.used, pod.ServiceAccountName)
			require.Equal(t, &c.token, pod.AutomountServiceAccountToken)
			if c.made == "" {
				none[*corev1.ServiceAccount](t, manifests)
				return
			}
			account, err := render.Get[*corev1.ServiceAccount](manifests, c.made)
			require.NoError(t, err)
			require.Equal(t, &c.token, account.AutomountServiceAccountToken)
		})
	}
}
