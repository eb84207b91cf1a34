package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestResources(t *testing.T) {
	list := func(cpu, memory string) corev1.ResourceList {
		list := corev1.ResourceList{}
		for name, quantity := range map[corev1.ResourceName]string{"cpu": cpu, "memory": memory} {
			if quantity != "" {
				list[name] = resource.MustParse(quantity)
			}
		}
		return list
	}
	cases := []struct {
		name   string
		values given
		want   corev1.ResourceRequirements
	}{
		{name: "memory is limited, CPU is not", values: yaml(), want: corev1.ResourceRequirements{Requests: list("50m", "64Mi"), Limits: list("", "128Mi")}},
		{name: "others", values: yaml("resources: {requests: {cpu: 2, memory: 1Gi}, limits: {cpu: 2.5, memory: 2Gi}}"), want: corev1.ResourceRequirements{Requests: list("2", "1Gi"), Limits: list("2.5", "2Gi")}},
		{name: "null over the chart", values: yaml("resources: {requests: {cpu: null}}"), want: corev1.ResourceRequirements{Requests: list("", "64Mi"), Limits: list("", "128Mi")}},
		{name: "null over an earlier file", values: yaml("resources: {limits: {cpu: 1}}", "resources: {limits: {cpu: null}}"), want: corev1.ResourceRequirements{Requests: list("50m", "64Mi"), Limits: list("", "128Mi")}},
		{name: "none", values: yaml("resources: null")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := container(t, c.values).Resources
			require.True(t, equal(c.want.Requests, got.Requests), "requests: %v", got.Requests)
			require.True(t, equal(c.want.Limits, got.Limits), "limits: %v", got.Limits)
		})
	}
}

// An image that is not the service's starts from the chart's defaults, whatever the service changes, and can write to /tmp.
func TestContainersOfOtherImages(t *testing.T) {
	const own = "image: {repository: registry.example.com/tool, tag: '1'}"
	const everywhere = "{initContainers: {x: {" + own + "}}, sidecars: {z: {" + own + "}}, jobs: {x: {" + own + "}}, cronJobs: {x: {schedule: '@daily', " + own + "}}, tests: {x: {" + own + "}}}"
	changed := rendered(t, yaml(everywhere, `
resources: {requests: {cpu: 2, memory: 1Gi}, limits: {memory: 2Gi}}
securityContext: {readOnlyRootFilesystem: false, capabilities: {add: [NET_BIND_SERVICE]}}
volumes: {tmp: null}`))
	service := container(t, yaml())
	seen := 0
	for made, pod := range pods(t, changed) {
		for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
			if container.Name == name {
				continue
			}
			seen++
			require.Equal(t, service.Resources, container.Resources, made)
			require.Equal(t, service.SecurityContext, container.SecurityContext, made)
			require.Equal(t, []corev1.VolumeMount{{Name: "tmp-of-images", MountPath: "/tmp", SubPath: container.Name}}, container.VolumeMounts, made)
		}
		require.Equal(t, []corev1.Volume{{Name: "tmp-of-images", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}, pod.Spec.Volumes, made)
	}
	require.Equal(t, 5, seen)

	// Its own is as it says, and where it can write anywhere, or has a /tmp, it gets none.
	for _, values := range []string{
		"{image: {repository: registry.example.com/tool, tag: '1'}, securityContext: {readOnlyRootFilesystem: false}}",
		"{image: {repository: registry.example.com/tool, tag: '1'}, volumeMounts: {tmp: {mountPath: /tmp/}}}",
	} {
		require.Len(t, pod(t, yaml("sidecars: {z: "+values+"}")).Spec.Volumes, 1, values)
	}
}

// equal compares quantities by their amounts: 1000m is 1.
func equal(a, b corev1.ResourceList) bool {
	for name, quantity := range a {
		if other, ok := b[name]; !ok || quantity.Cmp(other) != 0 {
			return false
		}
	}
	return len(a) == len(b)
}
