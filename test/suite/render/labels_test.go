package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

// Labels of one's own are on every object and pod; what is selected by stays (TestSelectorsMatchTheServicesPodsAlone).
func TestOwnLabels(t *testing.T) {
	manifests := rendered(t, yaml(everything, "{labels: {team: a, gone: b}, podLabels: {version: v1}, jobs: {migrate: {podLabels: {version: job}}}}", "labels: {gone: null}"))
	plain := rendered(t, yaml(everything))
	require.Len(t, manifests.Documents, len(plain.Documents))
	for i, document := range manifests.Documents {
		labels := document.Object.GetLabels()
		if document.Object.GetKind() == "Namespace" {
			require.NotContains(t, labels, "team", "services share it")
			continue
		}
		require.Equal(t, "a", labels["team"], document)
		require.NotContains(t, labels, "gone", document)
		for label, value := range plain.Documents[i].Object.GetLabels() {
			require.Equal(t, value, labels[label], document)
		}
	}
	for made, pod := range pods(t, manifests) {
		require.Equal(t, "a", pod.Labels["team"], made)
		version := map[bool]string{true: "job", false: "v1"}[made == "Job/"+name+"-migrate"]
		require.Equal(t, version, pod.Labels["version"], made)
	}
}

// Some are looked for on one kind alone.
func TestLabelsOfOneKind(t *testing.T) {
	manifests := rendered(t, yaml(ingress, httpRoute, grpcRoute, `
ingress: {labels: {router: internal}}
service: {labels: {scrape: "true"}}
serviceAccount: {labels: {identity: "on"}}
httpRoute: {labels: {a: http}}
grpcRoute: {labels: {a: grpc}}
`))
	want := map[string]string{"Ingress": "router", "Service": "scrape", "ServiceAccount": "identity", "HTTPRoute": "a", "GRPCRoute": "a"}
	for _, document := range manifests.Documents {
		for kind, label := range want {
			_, there := document.Object.GetLabels()[label]
			require.Equal(t, kind == document.Object.GetKind() || label == "a" && want[document.Object.GetKind()] == "a", there, "%s: %s", document, label)
		}
	}
	require.Len(t, all[*corev1.Service](t, manifests), 1)
}
