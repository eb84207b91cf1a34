package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
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

// A job may run elsewhere than the service, whose scheduling it has otherwise.
func TestSchedulingOfJobs(t *testing.T) {
	const service = "{nodeSelector: {pool: web}, tolerations: [{key: web}], priorityClassName: high}"
	const own = "nodeSelector: {pool: null, disk: ssd}, tolerations: [{key: batch, operator: Exists}], podAnnotations: {a: b}"
	manifests := rendered(t, yaml(service, "{jobs: {own: {"+own+"}, as: {}}, cronJobs: {own: {schedule: '@daily', "+own+"}}, tests: {own: {"+own+"}}}"))
	for made, pod := range pods(t, manifests) {
		require.Equal(t, "high", pod.Spec.PriorityClassName, made)
		if made == "Deployment/"+name || made == "Job/"+name+"-as" {
			require.Equal(t, map[string]string{"pool": "web"}, pod.Spec.NodeSelector, made)
			require.Equal(t, []corev1.Toleration{{Key: "web"}}, pod.Spec.Tolerations, made)
			require.NotContains(t, pod.Annotations, "a", made)
			continue
		}
		require.Equal(t, map[string]string{"disk": "ssd"}, pod.Spec.NodeSelector, made)
		require.Equal(t, []corev1.Toleration{{Key: "batch", Operator: corev1.TolerationOpExists}}, pod.Spec.Tolerations, made)
	}
}

// What holds for all of a release's pods.
func TestPodFields(t *testing.T) {
	manifests := rendered(t, yaml("{jobs: {migrate: {workingDir: /job}}}", `
runtimeClassName: gvisor
dnsPolicy: Default
dnsConfig: {options: [{name: ndots, value: "2"}]}
hostAliases: {10.0.0.2: [b.example.com], 10.0.0.1: [a.example.com, a], 10.0.0.3: null}
workingDir: /app
`))
	for made, pod := range pods(t, manifests) {
		require.Equal(t, ptr.To("gvisor"), pod.Spec.RuntimeClassName, made)
		require.Equal(t, corev1.DNSDefault, pod.Spec.DNSPolicy, made)
		require.Equal(t, &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: ptr.To("2")}}}, pod.Spec.DNSConfig, made)
		require.Equal(t, []corev1.HostAlias{{IP: "10.0.0.1", Hostnames: []string{"a.example.com", "a"}}, {IP: "10.0.0.2", Hostnames: []string{"b.example.com"}}}, pod.Spec.HostAliases, made)
		require.Equal(t, map[bool]string{true: "/app", false: "/job"}[made == "Deployment/"+name], pod.Spec.Containers[0].WorkingDir, made)
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
