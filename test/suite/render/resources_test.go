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

// equal compares quantities by their amounts: 1000m is 1.
func equal(a, b corev1.ResourceList) bool {
	for name, quantity := range a {
		if other, ok := b[name]; !ok || quantity.Cmp(other) != 0 {
			return false
		}
	}
	return len(a) == len(b)
}
