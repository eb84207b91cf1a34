package takeover

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// leaving is the label of old pods that have been taken out of the selectors: they get no new requests.
const leaving = "slipway-takeover"

// drains says whether all containers of a pod that listen wait before they end, while proxies still send them requests.
func drains(pod corev1.PodSpec) bool {
	return !slices.ContainsFunc(pod.Containers, func(c corev1.Container) bool {
		return len(c.Ports) > 0 && (c.Lifecycle == nil || c.Lifecycle.PreStop == nil)
	})
}

// orphan deletes a Deployment and its ReplicaSets, and leaves the pods running.
func (t *takeover) orphan(ctx context.Context, d *appsv1.Deployment) error {
	orphaned := metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationOrphan)}
	sets, err := t.replicaSets(ctx, d)
	if err != nil {
		return err
	}
	deployments := t.cluster.Typed.AppsV1().Deployments(d.Namespace)
	if err := deployments.Delete(ctx, d.Name, orphaned); err != nil {
		return err
	}
	err = t.eventually(ctx, "the end of Deployment/"+d.Name, func(ctx context.Context) error {
		return gone(deployments.Get(ctx, d.Name, metav1.GetOptions{}))
	})
	if err != nil {
		return err
	}
	for _, set := range sets {
		if err := t.cluster.Typed.AppsV1().ReplicaSets(d.Namespace).Delete(ctx, set.Name, orphaned); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return t.eventually(ctx, "the end of the ReplicaSets of Deployment/"+d.Name, func(ctx context.Context) error {
		left, err := t.replicaSets(ctx, d)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("ReplicaSet/%s is there", left[0].Name)
		}
		return err
	})
}

// replicaSets returns those of a Deployment, and those that a Deployment of its selector would adopt.
func (t *takeover) replicaSets(ctx context.Context, d *appsv1.Deployment) ([]appsv1.ReplicaSet, error) {
	list, err := t.cluster.Typed.AppsV1().ReplicaSets(d.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(s appsv1.ReplicaSet) bool {
		owner := metav1.GetControllerOf(&s)
		return owner != nil && owner.UID != d.UID
	}), nil
}

// gone returns nil if what was asked for is not there.
func gone[T any](_ T, err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("it is there")
	}
	return err
}

// orphans returns the pods of a Deployment that nothing controls, whether its selector still finds them or not.
func (t *takeover) orphans(ctx context.Context, d *appsv1.Deployment) ([]corev1.Pod, error) {
	var all []corev1.Pod
	for _, selector := range []string{metav1.FormatLabelSelector(d.Spec.Selector), leaving + "=" + d.Name} {
		list, err := t.cluster.Typed.CoreV1().Pods(d.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return nil, err
		}
		all = append(all, list.Items...)
	}
	return slices.DeleteFunc(all, func(p corev1.Pod) bool {
		return metav1.GetControllerOf(&p) != nil || p.DeletionTimestamp != nil || p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == ""
	}), nil
}

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

// label changes labels of a pod; nil removes one.
func (t *takeover) label(ctx context.Context, pod corev1.Pod, labels map[string]any) error {
	content, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels}})
	if err != nil {
		return err
	}
	_, err = t.cluster.Typed.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, content, metav1.PatchOptions{FieldManager: manager})
	return err
}

// adopt gives a Deployment that was made anew its old pods back: one whose ReplicaSet has their pod-template-hash takes all of them
// at once, since it begins with its full number.
func (t *takeover) adopt(ctx context.Context, d *appsv1.Deployment) error {
	old, err := t.orphans(ctx, d)
	if err != nil {
		return err
	}
	labels := map[string]any{leaving: nil}
	for label, value := range d.Spec.Selector.MatchLabels {
		labels[label] = value
	}
	for _, pod := range old {
		if pod.Labels[leaving] == "" {
			continue
		}
		if err := t.label(ctx, pod, labels); err != nil {
			return err
		}
	}
	return nil
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
