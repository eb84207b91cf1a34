package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestNetworkPolicy(t *testing.T) {
	const in, out = networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress
	port := func(port int32) []networkingv1.NetworkPolicyPort {
		return []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromInt32(port))}}
	}
	app := func(name string) []networkingv1.NetworkPolicyPeer {
		return []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}}}
	}
	cases := []struct {
		name   string
		values given
		want   networkingv1.NetworkPolicySpec
	}{
		{name: "nobody may come, all may go", values: yaml("networkPolicy: {enabled: true}"), want: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{in}}},
		{name: "some may come", values: yaml("networkPolicy: {enabled: true, ingress: {b: {ports: [{port: 8080}]}, a: {from: [{podSelector: {matchLabels: {app: other}}}]}, gone: {}}}", "networkPolicy: {ingress: {gone: null}}"), want: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{in}, Ingress: []networkingv1.NetworkPolicyIngressRule{{From: app("other")}, {Ports: port(8080)}},
		}},
		{name: "some may go", values: yaml("networkPolicy: {enabled: true, egress: {database: {to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}}}"), want: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{in, out}, Egress: []networkingv1.NetworkPolicyEgressRule{{To: app("db"), Ports: port(5432)}},
		}},
		{name: "all may come", values: yaml("networkPolicy: {enabled: true, ingress: {all: {}}}"), want: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{in}, Ingress: []networkingv1.NetworkPolicyIngressRule{{}},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.want.PodSelector = metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
			require.Equal(t, c.want, get[*networkingv1.NetworkPolicy](t, rendered(t, c.values)).Spec)
		})
	}
	none[*networkingv1.NetworkPolicy](t, rendered(t, yaml()))
}

// The pods of jobs may reach what the service's may, and nobody reaches them.
func TestNetworkPolicyOfJobs(t *testing.T) {
	const jobs = "{jobs: {migrate: {}}, cronJobs: {report: {schedule: '@daily'}}, tests: {smoke: {}}}"
	manifests := rendered(t, yaml(jobs, "networkPolicy: {enabled: true, jobs: true, ingress: {all: {}}, egress: {all: {}}}"))
	policy, err := render.Get[*networkingv1.NetworkPolicy](manifests, name+"-jobs")
	require.NoError(t, err)
	require.Empty(t, policy.Spec.Ingress)
	require.Equal(t, []networkingv1.NetworkPolicyEgressRule{{}}, policy.Spec.Egress)
	require.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}, policy.Spec.PolicyTypes)
	require.ElementsMatch(t, []string{"Job/" + name + "-migrate", "CronJob/" + name + "-report", "Pod/" + name + "-smoke"}, matched(t, pods(t, manifests), &policy.Spec.PodSelector))

	require.Len(t, all[*networkingv1.NetworkPolicy](t, rendered(t, yaml(jobs, "networkPolicy: {enabled: true}"))), 1)
	require.Len(t, all[*networkingv1.NetworkPolicy](t, rendered(t, yaml("networkPolicy: {enabled: true, jobs: true}"))), 1)
}
