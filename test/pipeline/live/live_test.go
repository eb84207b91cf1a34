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

func deployment(release, name, commit string, containers ...string) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "the-project", Annotations: map[string]string{live.CommitAnnotation: commit},
		Labels: map[string]string{"app.kubernetes.io/instance": release}}}
	for _, container := range containers {
		d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Name: container, Image: "registry.example.com/" + container + ":dev-1"})
	}
	return d
}

// What runs is what the service's own container runs, whatever else the release has.
func TestLook(t *testing.T) {
	t.Parallel()
	client := fake.NewClientset(
		deployment("orders", "cache", "", "cache"), deployment("orders", "orders", "c0ffee", "proxy", "orders"),
		deployment("bills", "invoices", "beef", "invoices"), deployment("bills", "bills-cache", "", "redis"),
		deployment("strange", "strange", "", "other"),
		deployment("twins", "left", "", "left"), deployment("twins", "right", "", "right"),
	)
	for release, want := range map[string]live.Service{
		"orders": {Image: "registry.example.com/orders:dev-1", Commit: "c0ffee"},
		"bills":  {Image: "registry.example.com/invoices:dev-1", Commit: "beef"}, // fullnameOverride
	} {
		service, err := live.Look(t.Context(), client, "the-project", release)
		require.NoError(t, err)
		require.Equal(t, want, service)
	}
	for release, says := range map[string]string{"strange": "of its 1 Deployments 0 could be", "twins": "of its 2 Deployments 2 could be", "missing": "of its 0 Deployments 0 could be"} {
		_, err := live.Look(t.Context(), client, "the-project", release)
		require.ErrorContains(t, err, "what release "+release+" runs in namespace the-project: "+says)
	}
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
