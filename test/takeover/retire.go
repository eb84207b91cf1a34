package takeover

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
)

// retirePods ends the old pods that were left running, once proxies know the new ones.
type retirePods struct {
	*takeover
	plan *plan
}

func (s retirePods) describe() []string {
	var lines []string
	for _, d := range s.plan.of(leave) {
		lines = append(lines, "The old pods of Deployment/"+d.was.Name+" leave the Service, and end when all proxies know.")
	}
	return lines
}

func (s retirePods) do(ctx context.Context) error {
	for _, d := range s.plan.of(leave) {
		if err := s.rolledOut(ctx, s.patience(), d.will.Namespace, d.will.Name); err != nil {
			return err
		}
		if err := s.settle(ctx); err != nil {
			return err
		}
		s.say("Deployment/%s: the old pods leave", d.was.Name)
		if err := s.retire(ctx, d.was); err != nil {
			return err
		}
	}
	return nil
}

// undo does nothing: the pods that are left get their labels back with the Services.
func (s retirePods) undo(context.Context) error { return nil }

// retire ends the pods of a recorded Deployment that nothing controls, and whose successors are ready: first they get no new
// requests, and when all proxies know, they are deleted.
func (t *takeover) retire(ctx context.Context, d *appsv1.Deployment) error {
	old, err := t.orphans(ctx, d)
	if err != nil || len(old) == 0 {
		return err
	}
	services, err := t.cluster.Typed.CoreV1().Services(d.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, pod := range old {
		names[pod.Name] = true
		if err := t.label(ctx, pod, unselected(pod, d, services.Items)); err != nil {
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
				if names[podOf(endpoint)] {
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

// unselected returns the changes of labels with which no selector finds a pod any more, neither its Deployment's nor a Service's.
func unselected(pod corev1.Pod, d *appsv1.Deployment, services []corev1.Service) map[string]any {
	changes := map[string]any{marker: string(d.UID)}
	for key := range d.Spec.Selector.MatchLabels {
		changes[key] = nil
	}
	for _, s := range services {
		if len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(pod.Labels)) {
			for key := range s.Spec.Selector {
				changes[key] = nil
			}
		}
	}
	return changes
}

// rolledOut waits until a Deployment has only pods of its present template, and all of them are ready.
func (t *takeover) rolledOut(ctx context.Context, timeout time.Duration, namespace, name string) error {
	return t.within(ctx, timeout, "Deployment/"+name+" to have all its pods ready", func(ctx context.Context) error {
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
