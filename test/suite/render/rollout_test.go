package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

func TestStrategy(t *testing.T) {
	rolling := func(surge, unavailable intstr.IntOrString) appsv1.DeploymentStrategy {
		return appsv1.DeploymentStrategy{
			Type:          appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &surge, MaxUnavailable: &unavailable},
		}
	}
	cases := []struct {
		name   string
		values given
		want   appsv1.DeploymentStrategy
	}{
		{name: "no pod goes before another is ready", values: yaml(), want: rolling(intstr.FromInt32(1), intstr.FromInt32(0))},
		{name: "percentages", values: yaml("strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 10%}}"), want: rolling(intstr.FromString("25%"), intstr.FromString("10%"))},
		{name: "one of two", values: yaml("strategy: {rollingUpdate: {maxSurge: 3}}"), want: rolling(intstr.FromInt32(3), intstr.FromInt32(0))},
		{name: "no surge", values: yaml("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"), want: rolling(intstr.FromInt32(0), intstr.FromInt32(1))},
		{name: "null over an earlier file", values: yaml("strategy: {rollingUpdate: {maxSurge: 3}}", "strategy: {rollingUpdate: {maxSurge: null}}"), want: rolling(intstr.FromInt32(1), intstr.FromInt32(0))},
		{name: "never two", values: yaml("singleton: true"), want: appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}},
		{name: "all at once", values: yaml("strategy: {type: Recreate}"), want: appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, deployment(t, c.values).Spec.Strategy)
		})
	}
}

func TestRolloutNumbers(t *testing.T) {
	type numbers struct{ replicas, deadline, history, grace, ready int }
	cases := []struct {
		name   string
		values given
		want   numbers
	}{
		{name: "by default", values: yaml(), want: numbers{replicas: 2, deadline: 240, history: 5, grace: 45}},
		{name: "others", values: yaml("{replicas: 3, progressDeadlineSeconds: 600, revisionHistoryLimit: 2, terminationGracePeriodSeconds: 90}"), want: numbers{3, 600, 2, 90, 0}},
		{name: "from set", values: yaml().set("replicas=3"), want: numbers{3, 240, 5, 45, 0}},
		{name: "never two", values: yaml("singleton: true"), want: numbers{1, 240, 5, 45, 0}},
		{name: "no pods", values: yaml("replicas: 0"), want: numbers{0, 240, 5, 45, 0}},
		{name: "a grace period that just covers the drain", values: yaml("{shutdownSeconds: 5, terminationGracePeriodSeconds: 15}"), want: numbers{2, 240, 5, 15, 0}},
		{name: "a pod that must stay ready for a while", values: yaml("minReadySeconds: 20"), want: numbers{2, 240, 5, 45, 20}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			spec := deployment(t, c.values).Spec
			require.Equal(t, c.want, numbers{
				int(*spec.Replicas), int(*spec.ProgressDeadlineSeconds), int(*spec.RevisionHistoryLimit),
				int(*spec.Template.Spec.TerminationGracePeriodSeconds), int(spec.MinReadySeconds),
			})
		})
	}
}

func TestLifecycle(t *testing.T) {
	sleep := func(seconds int64) *corev1.LifecycleHandler {
		return &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: seconds}}
	}
	cases := []struct {
		name   string
		values given
		want   *corev1.Lifecycle
	}{
		{name: "proxies learn that the pod goes before it goes", values: yaml(), want: &corev1.Lifecycle{PreStop: sleep(10)}},
		{name: "a short grace period", values: yaml("terminationGracePeriodSeconds: 15"), want: &corev1.Lifecycle{PreStop: sleep(5)}},
		{name: "hardly any grace period", values: yaml("terminationGracePeriodSeconds: 2"), want: &corev1.Lifecycle{PreStop: sleep(1)}},
		{name: "a short grace period that is enough for its sleep", values: yaml("{terminationGracePeriodSeconds: 15, shutdownSeconds: 5}"), want: &corev1.Lifecycle{PreStop: sleep(10)}},
		{name: "a short grace period with a sleep of its own", values: yaml("{terminationGracePeriodSeconds: 15, lifecycle: {preStop: {sleep: {seconds: 12}}}}"), want: &corev1.Lifecycle{PreStop: sleep(12)}},
		{name: "a shorter sleep", values: yaml("lifecycle: {preStop: {sleep: {seconds: 3}}}"), want: &corev1.Lifecycle{PreStop: sleep(3)}},
		{name: "none", values: yaml("lifecycle: null")},
		{name: "a command instead", values: yaml("lifecycle: {preStop: {sleep: null, exec: {command: [/server, drain]}}}"), want: &corev1.Lifecycle{
			PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"/server", "drain"}}},
		}},
		{name: "null over an earlier file", values: yaml("lifecycle: {preStop: {sleep: {seconds: 3}}, postStart: {exec: {command: [/a]}}}", "lifecycle: {preStop: null, postStart: {exec: {command: [/b]}}}"), want: &corev1.Lifecycle{
			PostStart: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"/b"}}},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, container(t, c.values).Lifecycle)
		})
	}
}

// A namespace full of services would give each pod FOO_PORT=tcp://… of every one of them.
func TestNoServiceLinks(t *testing.T) {
	require.Equal(t, ptr.To(false), pod(t, yaml()).Spec.EnableServiceLinks)
}
