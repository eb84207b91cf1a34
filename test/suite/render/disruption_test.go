package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

func TestPodDisruptionBudget(t *testing.T) {
	budget := func(minAvailable, maxUnavailable *intstr.IntOrString, policy policyv1.UnhealthyPodEvictionPolicyType) *policyv1.PodDisruptionBudgetSpec {
		return &policyv1.PodDisruptionBudgetSpec{MinAvailable: minAvailable, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: &policy}
	}
	const always = policyv1.AlwaysAllow
	one := ptr.To(intstr.FromInt32(1))
	cases := []struct {
		name   string
		values given
		want   *policyv1.PodDisruptionBudgetSpec // nil: there is none
	}{
		{name: "one pod at a time", values: yaml(), want: budget(nil, one, always)},
		{name: "a share", values: yaml("podDisruptionBudget: {maxUnavailable: 25%}"), want: budget(nil, ptr.To(intstr.FromString("25%")), always)},
		{name: "so many must be there", values: yaml("podDisruptionBudget: {minAvailable: 1}"), want: budget(one, nil, always)},
		{name: "a share must be there", values: yaml("podDisruptionBudget: {minAvailable: 50%}"), want: budget(ptr.To(intstr.FromString("50%")), nil, always)},
		{name: "none need be there", values: yaml("podDisruptionBudget: {minAvailable: 0}"), want: budget(ptr.To(intstr.FromInt32(0)), nil, always)},
		{name: "back to the default", values: yaml("podDisruptionBudget: {minAvailable: 1}", "podDisruptionBudget: {minAvailable: null}"), want: budget(nil, one, always)},
		{name: "pods that are not ready count", values: yaml("podDisruptionBudget: {unhealthyPodEvictionPolicy: IfHealthyBudget}"), want: budget(nil, one, policyv1.IfHealthyBudget)},
		{name: "off", values: yaml("podDisruptionBudget: {enabled: false}")},
		{name: "one pod, which no drain could take", values: yaml("replicas: 1")},
		{name: "no pod", values: yaml("replicas: 0")},
		{name: "an autoscaler that may leave one pod", values: yaml("autoscaling: {enabled: true, minReplicas: 1}")},
		{name: "an autoscaler that leaves two", values: yaml("{replicas: 3, autoscaling: {enabled: true, minReplicas: 2}}"), want: budget(nil, one, always)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			if c.want == nil {
				none[*policyv1.PodDisruptionBudget](t, manifests)
				return
			}
			got := get[*policyv1.PodDisruptionBudget](t, manifests).Spec
			require.Equal(t, map[string]string{"app": name}, got.Selector.MatchLabels)
			got.Selector = nil
			require.Equal(t, *c.want, got)
		})
	}
}
