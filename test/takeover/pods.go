package takeover

import (
	"context"
	"encoding/json"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// marker is a label of pods that nothing controls, by which they are found whatever other labels they get or lose: the uid of the
// Deployment that was replaced.
const marker = "slipway-takeover"

// orphans returns the pods of a recorded Deployment that nothing controls, and those of the chart's that has left them to it. A
// ReplicaSet takes none of another's, whatever labels they get: each has a pod-template-hash.
func (t *takeover) orphans(ctx context.Context, d *appsv1.Deployment) ([]corev1.Pod, error) {
	all, err := t.podsOf(ctx, d)
	return slices.DeleteFunc(all, func(p corev1.Pod) bool {
		return metav1.GetControllerOf(&p) != nil || p.DeletionTimestamp != nil || p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == ""
	}), err
}

// podsOf returns the pods that a recorded Deployment's selector finds, and those that bear its mark.
func (t *takeover) podsOf(ctx context.Context, d *appsv1.Deployment) ([]corev1.Pod, error) {
	var all []corev1.Pod
	for _, selector := range []string{metav1.FormatLabelSelector(d.Spec.Selector), marker + "=" + string(d.UID)} {
		list, err := t.cluster.Typed.CoreV1().Pods(d.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return nil, err
		}
		for _, pod := range list.Items {
			if !slices.ContainsFunc(all, func(p corev1.Pod) bool { return p.UID == pod.UID }) {
				all = append(all, pod)
			}
		}
	}
	return all, nil
}

// labelOrphans changes labels of the pods of a recorded Deployment that nothing controls; nil removes one.
func (t *takeover) labelOrphans(ctx context.Context, d *appsv1.Deployment, labels map[string]any) error {
	pods, err := t.orphans(ctx, d)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if err := t.label(ctx, pod, labels); err != nil {
			return err
		}
	}
	return nil
}

// labelBack gives the pods that nothing controls the labels of the recorded Deployments that they are to serve for.
func (t *takeover) labelBack(ctx context.Context, r record) error {
	for _, object := range r.Objects {
		one, replaced := r.replacement(object)
		if !replaced || one.Stop {
			continue
		}
		was, err := typed[appsv1.Deployment](object)
		if err != nil {
			return err
		}
		labels := map[string]any{marker: string(was.UID)}
		for key := range one.Labels {
			labels[key] = nil
		}
		for key, value := range was.Spec.Template.Labels {
			labels[key] = value
		}
		if err := t.labelOrphans(ctx, was, labels); err != nil {
			return err
		}
	}
	return nil
}

// mark marks the pods of the chart's Deployment, so that they are found when nothing controls them.
func (t *takeover) mark(ctx context.Context, successor *appsv1.Deployment, uid string) error {
	sets, err := t.replicaSets(ctx, successor)
	if err != nil {
		return err
	}
	list, err := t.cluster.Typed.CoreV1().Pods(successor.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(successor.Spec.Selector)})
	if err != nil {
		return err
	}
	for _, pod := range list.Items {
		controller := metav1.GetControllerOf(&pod)
		if controller == nil || !slices.ContainsFunc(sets, func(s appsv1.ReplicaSet) bool { return s.UID == controller.UID }) {
			continue
		}
		if err := t.label(ctx, pod, map[string]any{marker: uid}); err != nil {
			return err
		}
	}
	return nil
}

// unmark takes the mark from pods that a recorded Deployment has taken back.
func (t *takeover) unmark(ctx context.Context, d *appsv1.Deployment) error {
	pods, err := t.podsOf(ctx, d)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if _, marked := pod.Labels[marker]; marked && metav1.GetControllerOf(&pod) != nil {
			if err := t.label(ctx, pod, map[string]any{marker: nil}); err != nil {
				return err
			}
		}
	}
	return nil
}

// label changes labels of a pod; nil removes one. A pod that is gone needs none.
func (t *takeover) label(ctx context.Context, pod corev1.Pod, labels map[string]any) error {
	content, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels}})
	if err != nil {
		return err
	}
	_, err = t.cluster.Typed.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, content, metav1.PatchOptions{FieldManager: manager})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
