package takeover

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// orphanPods deletes the Deployments whose pods would lose requests in a rollout, and leaves the pods running.
type orphanPods struct {
	*takeover
	plan *plan
}

func (s orphanPods) describe() string {
	var lines []string
	for _, d := range s.plan.orphaned {
		lines = append(lines, "Deployment/"+d.Name+" is deleted without its pods: they have no preStop, and would lose requests in a rollout. They go on serving.")
	}
	return strings.Join(lines, " ")
}

func (s orphanPods) do(ctx context.Context) error {
	for _, d := range s.plan.orphaned {
		s.say("Deployment/%s: deleted without its pods", d.Name)
		if err := s.orphan(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// undo puts all Deployments back, those too that were rolled.
func (s orphanPods) undo(ctx context.Context) error {
	for _, object := range s.plan.record.Objects {
		if object.GetKind() != "Deployment" {
			continue
		}
		if err := s.putDeploymentBack(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// putDeploymentBack puts a Deployment back, and waits for its pods if they were all ready before.
func (t *takeover) putDeploymentBack(ctx context.Context, object *unstructured.Unstructured) error {
	was, err := typed[appsv1.Deployment](object)
	if err != nil {
		return err
	}
	old, err := t.orphans(ctx, was)
	if err != nil {
		return err
	}
	if len(old) > 0 {
		// Not by a rollout: a ReplicaSet that begins with one pod and finds all the old ones would end the others.
		if err := t.deleteNew(ctx, was); err != nil {
			return err
		}
		if err := t.adopt(ctx, was); err != nil {
			return err
		}
	}
	if err := t.putBack(ctx, object); err != nil {
		return err
	}
	if was.Status.AvailableReplicas < ptr.Deref(was.Spec.Replicas, 1) {
		return nil
	}
	return t.rolledOut(ctx, was.Namespace, was.Name)
}

// deleteNew deletes the Deployment that was made beside old pods, and returns when its ReplicaSets are gone.
func (t *takeover) deleteNew(ctx context.Context, was *appsv1.Deployment) error {
	api := t.cluster.Typed.AppsV1().Deployments(was.Namespace)
	now, err := api.Get(ctx, was.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = api.Delete(ctx, was.Name, metav1.DeleteOptions{
		PropagationPolicy: ptr.To(metav1.DeletePropagationBackground), Preconditions: metav1.NewUIDPreconditions(string(now.UID)),
	})
	if err != nil {
		return err
	}
	return t.eventually(ctx, "the end of the new Deployment/"+was.Name, func(ctx context.Context) error {
		if err := gone(api.Get(ctx, was.Name, metav1.GetOptions{})); err != nil {
			return err
		}
		list, err := t.cluster.Typed.AppsV1().ReplicaSets(was.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(was.Spec.Selector)})
		if err != nil {
			return err
		}
		for _, set := range list.Items {
			if owner := metav1.GetControllerOf(&set); owner != nil && owner.UID == now.UID {
				return fmt.Errorf("ReplicaSet/%s is there", set.Name)
			}
		}
		return nil
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
