package deploy

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const canary = service + "-canary"

// routed is the service behind a Gateway, with a tenth of the requests for the canary.
const routed = `
ingress: {enabled: false}
httpRoute:
  enabled: true
  parentRefs: {the-gateway: {namespace: gateways}}
  hostnames: {api.the-project.example.com: true}
  paths: {/example/api/endpoint: {}}
  canary: {release: ` + canary + `, weight: 10}
`

// A canary is a second release beside the service: each has its own pods, the route knows both, and what is done with the
// canary changes nothing of the service.
func TestCanaryBesideTheService(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		stable := newRelease(t, p, "gatewayRoutes")
		second := stable.with("{ingress: {enabled: false}, image: {repository: registry.example.com/the-project/" + service + "}}")
		second.name = canary
		stable = stable.with(routed)

		require.NoError(t, stable.upgrade("--set", "image.tag=dev-1"))
		stable.settledPods()
		before := everything(t.Context(), t, stable.namespace).releasedBy(service)
		require.Contains(t, before.keys(), "PodDisruptionBudget/"+service)

		require.NoError(t, second.upgrade("--set", "image.tag=dev-2"))
		require.Equal(t, image("dev-2"), second.liveImage())
		for _, r := range []release{stable, second} {
			requireOwnPodsAlone(t, r)
		}
		requireShares(t, stable, map[string]int64{service: 90, canary: 10})

		require.NoError(t, second.upgrade("--set", "image.tag=dev-3", "--set", "replicas=3"))
		requireOwnPodsAlone(t, second)
		require.Empty(t, before.difference(everything(t.Context(), t, stable.namespace).releasedBy(service)))
		require.NoError(t, second.uninstall())
		requireOwnPodsAlone(t, stable)
		require.Empty(t, before.difference(everything(t.Context(), t, stable.namespace).releasedBy(service)))
		require.Empty(t, everything(t.Context(), t, stable.namespace).releasedBy(canary))
	})
}

// releasedBy returns the objects that one release made, without what an update changes by itself.
func (o objects) releasedBy(name string) objects {
	kept := objects{}
	for key, object := range o.released() {
		if object.GetAnnotations()["meta.helm.sh/release-name"] == name {
			kept[key] = object
		}
	}
	return kept
}

// requireOwnPodsAlone waits until what the server has found for the release's Service and PodDisruptionBudget are the pods
// that its Deployment made.
func requireOwnPodsAlone(t *testing.T, r release) {
	t.Helper()
	var own []string
	for _, pod := range r.settledPods() {
		own = append(own, pod.Name)
	}
	slices.Sort(own)
	eventually.NoError(t, "endpoints of "+r.name, func(ctx context.Context) error {
		list, err := admin.Typed.DiscoveryV1().EndpointSlices(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + r.name})
		if err != nil {
			return err
		}
		var found []string
		for _, endpoints := range list.Items {
			for _, endpoint := range endpoints.Endpoints {
				found = append(found, endpoint.TargetRef.Name)
			}
		}
		if slices.Sort(found); !slices.Equal(own, found) {
			return fmt.Errorf("%v; want %v", found, own)
		}
		budget, err := admin.Typed.PolicyV1().PodDisruptionBudgets(r.namespace).Get(ctx, r.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if status := budget.Status; status.ObservedGeneration < budget.Generation || int(status.ExpectedPods) != len(own) || int(status.CurrentHealthy) != len(own) {
			return fmt.Errorf("PodDisruptionBudget: %+v; want %d pods", status, len(own))
		}
		return nil
	})
}

// requireShares checks which Services the live HTTPRoute sends requests to, and that each is there with that port.
func requireShares(t *testing.T, r release, want map[string]int64) {
	t.Helper()
	routes := schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "httproutes"}
	route, err := admin.Dynamic.Resource(routes).Namespace(r.namespace).Get(t.Context(), r.name, metav1.GetOptions{})
	require.NoError(t, err)
	rules, _, err := unstructured.NestedSlice(route.Object, "spec", "rules")
	require.NoError(t, err)
	require.Len(t, rules, 1)
	backends, _, err := unstructured.NestedSlice(rules[0].(map[string]any), "backendRefs")
	require.NoError(t, err)
	shares := map[string]int64{}
	for _, backend := range backends {
		backend := backend.(map[string]any)
		name := backend["name"].(string)
		shares[name] = backend["weight"].(int64)
		live, err := admin.Typed.CoreV1().Services(r.namespace).Get(t.Context(), name, metav1.GetOptions{})
		require.NoError(t, err)
		require.EqualValues(t, backend["port"], live.Spec.Ports[0].Port)
	}
	require.Equal(t, want, shares)
}
