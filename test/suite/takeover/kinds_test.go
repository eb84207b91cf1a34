package takeover

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/watch"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// selecting has the Deployment and the Service select by labels, which the pods bear instead of the article's.
func selecting(labels string) []string {
	return []string{
		"selector:\n    app: example-microservice\n  ports", "selector: " + labels + "\n  ports",
		"matchLabels:\n      app: example-microservice", "matchLabels: " + labels,
		"labels:\n        app: example-microservice\n        client: internal\n        env: dev", "labels: " + labels,
	}
}

// renamed has the Deployment bear another name than the Service.
var renamed = []string{"kind: Deployment\nmetadata:\n  name: example-microservice", "kind: Deployment\nmetadata:\n  name: example-microservice-v1"}

var (
	recommended = selecting("{app.kubernetes.io/name: example-microservice}")
	// twoLabels has another value where the chart has the service's name.
	twoLabels = selecting("{app: shop, tier: web}")
	versioned = append(selecting("{app: example-microservice, version: v1}"), renamed...)
	// undeclared are containers that declare no port.
	undeclared = []string{"\n          ports:\n            - name: tcp\n              containerPort: 8080", ""}
)

// A Service of any type keeps what callers use, and neither takeover nor Helm waits for an address that the cluster never gives.
func TestServicesOfEachType(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		changes []string // in the Service
		args    []string // of the helm command
		undoes  bool     // whether Helm is told to undo a deploy that fails
		warns   string
	}{
		"LoadBalancer": {
			changes: []string{"type: ClusterIP", "type: LoadBalancer\n  loadBalancerClass: example.com/balancer"},
			args:    []string{"--set", "service.type=LoadBalancer", "--wait"}, undoes: true,
		},
		"LoadBalancer with the callers' addresses": {
			changes: []string{"type: ClusterIP", "type: LoadBalancer\n  externalTrafficPolicy: Local"},
			args:    []string{"--set", "service.type=LoadBalancer"}, warns: "loses externalTrafficPolicy: Local",
		},
		"NodePort": {changes: []string{"type: ClusterIP", "type: NodePort"}, args: []string{"--set", "service.type=NodePort", "--wait"}},
		"headless": {changes: []string{"type: ClusterIP", "clusterIP: None"}, warns: "stays headless"},
		"ExternalName": {changes: []string{
			"selector:\n    app: example-microservice\n  ports", "externalName: old.example.com\n  ports", "type: ClusterIP", "type: ExternalName",
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.applyByHand(c.changes...)
				before := get[corev1.Service](s.settled())
				args := slices.Clone(c.args)
				if c.undoes {
					args = append(args, p.RollbackOnFailure)
				}
				output, err := s.takeover(deploy("dev-1", args...))
				require.NoError(t, err)
				require.Contains(t, output.Stdout, c.warns)

				after := get[corev1.Service](s.settled())
				require.Equal(t, before.UID, after.UID)
				require.Equal(t, map[string]string{"app": name}, after.Spec.Selector)
				require.Len(t, after.Spec.Ports, 1)
				require.Equal(t, "http", after.Spec.Ports[0].Name)
				if before.Spec.Type != corev1.ServiceTypeExternalName {
					require.Equal(t, before.Spec.ClusterIPs, after.Spec.ClusterIPs)
					require.Equal(t, before.Spec.Type, after.Spec.Type)
				}
				require.Equal(t, before.Spec.Ports[0].NodePort, after.Spec.Ports[0].NodePort)
				require.Equal(t, before.Spec.LoadBalancerClass, after.Spec.LoadBalancerClass)
				s.requireNothingToTake(args...)
			})
		})
	}
}

// A Service that goes back keeps it too.
func TestServicesOfEachTypeGoBack(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct{ changes, args []string }{
		"LoadBalancer": {[]string{"type: ClusterIP", "type: LoadBalancer\n  externalTrafficPolicy: Local"}, []string{"--set", "service.type=LoadBalancer"}},
		"headless":     {[]string{"type: ClusterIP", "clusterIP: None"}, nil},
		"to NodePort":  {nil, []string{"--set", "service.type=NodePort"}},
	} {
		t.Run(kind, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.applyByHand(c.changes...)
				before := s.settled()
				_, err := s.takeover(deploy("dev-fail", append(c.args, "--timeout", "20s")...))
				require.ErrorContains(t, err, "exit status 1")
				s.requireHandMade(before)
				require.Equal(t, get[corev1.Service](before).Spec, get[corev1.Service](s.settled()).Spec)
			})
		})
	}
}

// By the strategy Recreate old and new pods never run at once, neither on the way there nor on the way back.
func TestRecreate(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.applyByHand(append(twoLabels, "replicas: 2", "replicas: 2\n  strategy: {type: Recreate}")...)
		before := s.settled()
		alone := s.neverTwoTemplates()
		_, err := s.takeover(deploy("dev-fail", "--timeout", "20s"))
		require.ErrorContains(t, err, "exit status 1")
		require.Empty(t, cmp.Diff(before.written(), s.settled().written()))
		require.Len(t, s.settled().uids("Pod"), 2)

		output, err := s.takeover(deploy("dev-1"))
		require.NoError(t, err)
		alone()
		require.Contains(t, output.Stdout, "its 2 pods end before the new ones begin (Recreate)")
		require.Len(t, s.settled().uids("Pod"), 2)
		s.requireNothingToTake()
	})
}

// neverTwoTemplates watches the service's pods until the function that it returns is called. That fails the test if pods of two
// ReplicaSets were ever there at once.
func (s service) neverTwoTemplates() (stop func()) {
	s.T.Helper()
	api := admin.Typed.CoreV1().Pods(s.namespace)
	list, err := api.List(s.T.Context(), metav1.ListOptions{})
	require.NoError(s.T, err)
	pods := map[string]string{}
	for _, pod := range list.Items {
		pods[pod.Name] = pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
	}
	ctx, cancel := context.WithCancel(s.T.Context())
	changes, err := api.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	require.NoError(s.T, err)
	var mixed []string
	var done sync.WaitGroup
	done.Go(func() {
		for event := range changes.ResultChan() {
			pod, ok := event.Object.(*corev1.Pod)
			if !ok {
				if ctx.Err() == nil {
					mixed = append(mixed, fmt.Sprint("the watch ended: ", event.Object))
				}
				return
			}
			if pods[pod.Name] = pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]; event.Type == watch.Deleted {
				delete(pods, pod.Name)
			}
			if sets.New(slices.Collect(maps.Values(pods))...).Len() > 1 {
				mixed = append(mixed, fmt.Sprintf("%s of %s: %v", event.Type, pod.Name, pods))
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
		require.Empty(s.T, mixed, "pods of two templates at once")
	}
}

// neverFewer watches the service's EndpointSlices until the function that it returns is called. That fails the test if there
// were ever fewer ready pods in them than in the beginning.
func (s service) neverFewer() (stop func()) {
	s.T.Helper()
	api := admin.Typed.DiscoveryV1().EndpointSlices(s.namespace)
	of := discoveryv1.LabelServiceName + "=" + name
	list, err := api.List(s.T.Context(), metav1.ListOptions{LabelSelector: of})
	require.NoError(s.T, err)
	live := map[string]discoveryv1.EndpointSlice{}
	for _, slice := range list.Items {
		live[slice.Name] = slice
	}
	wanted := len(ready(live))
	require.NotZero(s.T, wanted)
	ctx, cancel := context.WithCancel(s.T.Context())
	changes, err := api.Watch(ctx, metav1.ListOptions{LabelSelector: of, ResourceVersion: list.ResourceVersion})
	require.NoError(s.T, err)
	var fewer []string
	var done sync.WaitGroup
	done.Go(func() {
		for event := range changes.ResultChan() {
			slice, ok := event.Object.(*discoveryv1.EndpointSlice)
			if !ok {
				if ctx.Err() == nil {
					fewer = append(fewer, fmt.Sprint("the watch ended: ", event.Object))
				}
				return
			}
			if live[slice.Name] = *slice; event.Type == watch.Deleted {
				delete(live, slice.Name)
			}
			if now := len(ready(live)); now < wanted {
				fewer = append(fewer, fmt.Sprintf("%d of %d after %s of %s", now, wanted, event.Type, slice.Name))
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
		require.Empty(s.T, fewer, "ready pods behind the Service")
	}
}

// ready returns the addresses of the pods that are.
func ready(slices map[string]discoveryv1.EndpointSlice) sets.Set[string] {
	all := sets.Set[string]{}
	for _, slice := range slices {
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
				all.Insert(endpoint.Addresses...)
			}
		}
	}
	return all
}
