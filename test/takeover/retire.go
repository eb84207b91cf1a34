package takeover

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// retirePods ends the old pods that were left running, once proxies know the new ones.
type retirePods struct {
	*takeover
	plan *plan
}

func (s retirePods) describe() string {
	var lines []string
	for _, d := range s.plan.orphaned {
		lines = append(lines, "The old pods of Deployment/"+d.Name+" leave the Service, and end when all proxies know.")
	}
	return strings.Join(lines, " ")
}

func (s retirePods) do(ctx context.Context) error {
	for _, d := range s.plan.orphaned {
		if err := s.rolledOut(ctx, d.Namespace, d.Name); err != nil {
			return err
		}
		if err := s.settle(ctx); err != nil {
			return err
		}
		s.say("Deployment/%s: the old pods leave", d.Name)
		if err := s.retire(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// undo does nothing: the Deployment that is put back takes the pods that are left.
func (s retirePods) undo(context.Context) error { return nil }

// retire ends the orphans of a Deployment whose successors are ready: first they get no new requests, and when all proxies
// know, they are deleted.
func (t *takeover) retire(ctx context.Context, d *appsv1.Deployment) error {
	old, err := t.orphans(ctx, d)
	if err != nil {
		return err
	}
	labels := map[string]any{leaving: d.Name}
	for label := range d.Spec.Selector.MatchLabels {
		labels[label] = nil
	}
	names := map[string]bool{}
	for _, pod := range old {
		names[pod.Name] = true
		if err := t.label(ctx, pod, labels); err != nil {
			return err
		}
	}
	err = t.eventually(ctx, "EndpointSlices without the old pods", func(ctx context.Context) error {
		list, err := t.cluster.Typed.DiscoveryV1().EndpointSlices(d.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, slice := range list.Items {
			for _, endpoint := range slice.Endpoints {
				if endpoint.TargetRef != nil && names[endpoint.TargetRef.Name] {
					return fmt.Errorf("EndpointSlice/%s has %s", slice.Name, endpoint.TargetRef.Name)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	pods := t.cluster.Typed.CoreV1().Pods(d.Namespace)
	for name := range names {
		if err := pods.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return t.eventually(ctx, "the end of the old pods", func(ctx context.Context) error {
		for name := range names {
			if err := gone(pods.Get(ctx, name, metav1.GetOptions{})); err != nil {
				return fmt.Errorf("pod %s: %w", name, err)
			}
		}
		return nil
	})
}

// rolledOut waits until a Deployment has only pods of its present template, and all of them are ready.
func (t *takeover) rolledOut(ctx context.Context, namespace, name string) error {
	return t.eventually(ctx, "Deployment/"+name+" to have all its pods ready", func(ctx context.Context) error {
		d, err := t.cluster.Typed.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		s, want := d.Status, ptr.Deref(d.Spec.Replicas, 1)
		if s.ObservedGeneration < d.Generation || s.UpdatedReplicas != want || s.Replicas != want || s.AvailableReplicas != want {
			return fmt.Errorf("%d pods, of which %d are new and %d ready; wanted %d", s.Replicas, s.UpdatedReplicas, s.AvailableReplicas, want)
		}
		return nil
	})
}
