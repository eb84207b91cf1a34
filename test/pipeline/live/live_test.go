package live_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/pipeline/live"
)

func deployment(name, commit string, containers ...string) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "the-project", Annotations: map[string]string{live.CommitAnnotation: commit},
		Labels: map[string]string{"app.kubernetes.io/instance": "orders"}}}
	for _, container := range containers {
		d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Name: container, Image: "registry.example.com/" + container + ":dev-1"})
	}
	return d
}

// What runs is what the service's own container runs, whatever else the release has.
func TestLook(t *testing.T) {
	t.Parallel()
	client := fake.NewClientset(deployment("cache", "", "cache"), deployment("orders", "c0ffee", "proxy", "orders"), deployment("strange", "", "other"))
	service, err := live.Look(t.Context(), client, "the-project", "orders")
	require.NoError(t, err)
	require.Equal(t, live.Service{Image: "registry.example.com/orders:dev-1", Commit: "c0ffee"}, service)

	_, err = live.Look(t.Context(), client, "the-project", "strange")
	require.ErrorContains(t, err, "deployment strange in namespace the-project has no container strange")
	_, err = live.Look(t.Context(), client, "the-project", "missing")
	require.ErrorContains(t, err, `what release missing runs in namespace the-project: deployments.apps "missing" not found`)
}

func TestAddress(t *testing.T) {
	t.Parallel()
	const service, ingress, tls, route = `
apiVersion: v1
kind: Service
metadata: {name: orders}
---
`, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: orders}
spec:
  rules:
    - {host: api.example.com, http: {paths: [{path: /orders}]}}
    - {host: www.example.com}
`, "  tls: [{hosts: [api.example.com]}]\n", `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders}
spec: {hostnames: [orders.example.com]}
`
	for manifest, want := range map[string]string{
		service + ingress:               "http://api.example.com/orders",
		service + ingress + tls:         "https://api.example.com/orders",
		service + ingress + tls + route: "https://api.example.com/orders",
		service + route:                 "https://orders.example.com",
		service:                         "",
		service + "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: orders}\nspec: {rules: [{host: '*.example.com'}]}\n": "",
	} {
		objects, err := helm.Objects(manifest)
		require.NoError(t, err)
		require.Equal(t, want, live.Address(objects), manifest)
	}
}
