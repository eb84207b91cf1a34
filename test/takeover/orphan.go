package takeover

import (
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

// orphanPods deletes the Deployments that cannot be changed in place, or whose pods would lose requests in a rollout, and leaves
// the pods running.
type orphanPods struct {
	*takeover
	plan *plan
}

func (s orphanPods) describe() []string {
	var lines []string
	for _, d := range s.plan.deployments {
		switch d.way {
		case leave:
			lines = append(lines, fmt.Sprintf("Deployment/%s is deleted without its pods: %s. They go on serving.", d.was.Name, d.why))
		case stop:
			lines = append(lines, fmt.Sprintf("Deployment/%s is deleted with its pods: %s, and by its strategy Recreate old and new pods never run at once. "+
				"Nothing serves until the new ones are ready.", d.was.Name, d.why))
		}
	}
	return lines
}

func (s orphanPods) do(ctx context.Context) error {
	for _, d := range s.plan.of(leave) {
		s.say("Deployment/%s: deleted without its pods", d.was.Name)
		if err := s.orphan(ctx, d.was); err != nil {
			return err
		}
	}
	for _, d := range s.plan.of(stop) {
		s.say("Deployment/%s: deleted with its pods", d.was.Name)
		if err := s.stop(ctx, d.was); err != nil {
			return err
		}
	}
	return nil
}

// undo makes the Deployments again, and ends what pods they do not take. A Deployment takes all of its old pods at once, whose
// pod-template-hash is that of its ReplicaSet, since that begins with its full number.
func (s orphanPods) undo(ctx context.Context) error {
	for _, object := range s.plan.record.Objects {
		if _, replaced := s.plan.record.replacement(object); !replaced {
			continue
		}
		if err := s.putDeploymentBack(ctx, object); err != nil {
			return err
		}
		was, err := typed[appsv1.Deployment](object)
		if err != nil {
			return err
		}
		if err := s.takenBack(ctx, was); err != nil {
			return err
		}
		if err := s.unmark(ctx, was); err != nil {
			return err
		}
		if err := s.retire(ctx, was); err != nil {
			return err
		}
	}
	return nil
}

// takenBack waits until a Deployment that was made again has taken those of its old pods that it takes.
func (s orphanPods) takenBack(ctx context.Context, was *appsv1.Deployment) error {
	return s.eventually(ctx, "Deployment/"+was.Name+" to take its pods back", func(ctx context.Context) error {
		now, err := s.cluster.Typed.AppsV1().Deployments(was.Namespace).Get(ctx, was.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		sets, err := s.replicaSets(ctx, now)
		if err == nil && (len(sets) == 0 || now.Status.ObservedGeneration < now.Generation) {
			err = errors.New("it has no ReplicaSet yet")
		}
		if err != nil {
			return err
		}
		left, err := s.orphans(ctx, was)
		for _, pod := range left {
			hash := pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
			if slices.ContainsFunc(sets, func(set appsv1.ReplicaSet) bool { return set.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == hash }) {
				return fmt.Errorf("%s is nobody's", "Pod/"+pod.Name)
			}
		}
		return err
	})
}

// putDeploymentBack puts a Deployment back, and waits for its pods if they were all ready before.
func (t *takeover) putDeploymentBack(ctx context.Context, object *unstructured.Unstructured) error {
	was, err := typed[appsv1.Deployment](object)
	if err != nil {
		return err
	}
	if err := t.putBack(ctx, object); err != nil {
		return err
	}
	if was.Status.AvailableReplicas < ptr.Deref(was.Spec.Replicas, 1) {
		return nil
	}
	return t.rolledOut(ctx, t.patience(), was.Namespace, was.Name)
}

// orphan deletes a Deployment and its ReplicaSets, and leaves the pods running.
func (t *takeover) orphan(ctx context.Context, d *appsv1.Deployment) error {
	sets, err := t.replicaSets(ctx, d)
	if err != nil {
		return err
	}
	if err := t.deleteDeployment(ctx, d, metav1.DeletePropagationOrphan); err != nil {
		return err
	}
	for _, set := range sets {
		err := t.cluster.Typed.AppsV1().ReplicaSets(d.Namespace).Delete(ctx, set.Name, metav1.DeleteOptions{
			PropagationPolicy: ptr.To(metav1.DeletePropagationOrphan), Preconditions: metav1.NewUIDPreconditions(string(set.UID)),
		})
		if err != nil && !apierrors.IsNotFound(err) {
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

// stop deletes a Deployment with its pods.
func (t *takeover) stop(ctx context.Context, d *appsv1.Deployment) error {
	return t.deleteDeployment(ctx, d, metav1.DeletePropagationForeground)
}

func (t *takeover) deleteDeployment(ctx context.Context, d *appsv1.Deployment, pods metav1.DeletionPropagation) error {
	api := t.cluster.Typed.AppsV1().Deployments(d.Namespace)
	err := api.Delete(ctx, d.Name, metav1.DeleteOptions{PropagationPolicy: &pods, Preconditions: metav1.NewUIDPreconditions(string(d.UID))})
	if err != nil {
		return err
	}
	return t.eventually(ctx, "the end of Deployment/"+d.Name, func(ctx context.Context) error {
		return gone(api.Get(ctx, d.Name, metav1.GetOptions{}))
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
