package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTopologySpread(t *testing.T) {
	const node, zone = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
	spread := func(over string, skew int32, otherwise corev1.UnsatisfiableConstraintAction) corev1.TopologySpreadConstraint {
		return corev1.TopologySpreadConstraint{
			TopologyKey: over, MaxSkew: skew, WhenUnsatisfiable: otherwise,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}},
			// Only pods of the same revision count, so that a rollout does not skew it.
			MatchLabelKeys: []string{"pod-template-hash"},
		}
	}
	const possible, must = corev1.ScheduleAnyway, corev1.DoNotSchedule
	cases := []struct {
		name   string
		values given
		want   []corev1.TopologySpreadConstraint
	}{
		{name: "over nodes and zones, if possible", values: yaml(), want: []corev1.TopologySpreadConstraint{spread(node, 1, possible), spread(zone, 1, possible)}},
		{name: "others", values: yaml("topologySpread: {kubernetes.io/hostname: {maxSkew: 2, whenUnsatisfiable: DoNotSchedule}, topology.kubernetes.io/zone: {maxSkew: 3, whenUnsatisfiable: DoNotSchedule}}"),
			want: []corev1.TopologySpreadConstraint{spread(node, 2, must), spread(zone, 3, must)}},
		{name: "another label of nodes", values: yaml("topologySpread: {example.com/rack: {maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}, kubernetes.io/hostname: null}"),
			want: []corev1.TopologySpreadConstraint{spread("example.com/rack", 1, possible), spread(zone, 1, possible)}},
		{name: "none", values: yaml("topologySpread: null")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, pod(t, c.values).Spec.TopologySpreadConstraints)
		})
	}
}

// Where pods may run holds for all of a release's; only the service's are spread.
func TestScheduling(t *testing.T) {
	manifests := rendered(t, yaml(everything, `
priorityClassName: important
nodeSelector: {example.com/disk: ssd}
tolerations: [{key: example.com/spot, operator: Exists}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}
`))
	all := pods(t, manifests)
	require.Len(t, all, 4)
	for made, pod := range all {
		require.Equal(t, "important", pod.Spec.PriorityClassName, made)
		require.Equal(t, map[string]string{"example.com/disk": "ssd"}, pod.Spec.NodeSelector, made)
		require.Equal(t, []corev1.Toleration{{Key: "example.com/spot", Operator: corev1.TolerationOpExists}}, pod.Spec.Tolerations, made)
		require.Equal(t, &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: corev1.NodeSelectorOpExists}}}},
		}}}, pod.Spec.Affinity, made)
		require.Equal(t, made == "Deployment/"+name, len(pod.Spec.TopologySpreadConstraints) > 0, made)
	}
}
