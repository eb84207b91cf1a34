package takeover

import (
	"context"
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/helm"
)

// goBack makes live what was live before, wherever the takeover has stopped, and forgets the release. It does not rely on
// Helm's rollback, which knows neither of pods that nothing controls nor of proxies that must learn, and may have been killed.
//
// The order is that of the way there, backwards: pods first, then Ingresses while the Service has the ports of both, and the
// Service when no Ingress asks for the chart's ports any more.
func (t *takeover) goBack(ctx context.Context, b backup) error {
	of := func(kind string) (found, others []*unstructured.Unstructured) {
		for _, object := range b.Objects {
			if object.GetKind() == kind {
				found = append(found, object)
			} else {
				others = append(others, object)
			}
		}
		return found, others
	}
	deployments, _ := of("Deployment")
	ingresses, _ := of("Ingress")
	services, _ := of("Service")
	for _, object := range b.Objects {
		switch object.GetKind() {
		case "Deployment", "Ingress", "Service":
			continue
		}
		if err := t.putBack(ctx, object); err != nil {
			return err
		}
	}
	for _, object := range services {
		if err := t.removeBridges(ctx, object.GetNamespace(), object.GetName()); err != nil {
			return err
		}
	}
	for _, object := range deployments {
		if err := t.putDeploymentBack(ctx, object); err != nil {
			return err
		}
	}
	for _, object := range ingresses {
		if err := t.putBack(ctx, object); err != nil {
			return err
		}
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	for _, object := range services {
		service, err := typed[corev1.Service](object)
		if err != nil {
			return err
		}
		if err := t.reshape(ctx, service.Namespace, service.Name, service.Spec.Ports); err != nil {
			return err
		}
		if err := t.putBack(ctx, object); err != nil {
			return err
		}
	}
	if err := t.removeMade(ctx, b); err != nil {
		return err
	}
	if err := t.forget(ctx); err != nil {
		return err
	}
	return t.requireBack(ctx, b)
}

// forget removes all that is recorded of the release. Its objects stay.
func (t *takeover) forget(ctx context.Context) error {
	all, err := t.records.All(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := t.records.Forget(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// putBack makes one object what it was, its field managers too: whoever owned a field owns it again.
func (t *takeover) putBack(ctx context.Context, object *unstructured.Unstructured) error {
	now, err := t.cluster.Get(ctx, object)
	if err != nil {
		return err
	}
	if now == nil { // deleted on the way
		api, err := t.cluster.Resource(object)
		if err != nil {
			return err
		}
		now, err = api.Create(ctx, content(object), metav1.CreateOptions{FieldManager: manager})
		if err != nil {
			return err
		}
	} else {
		if owner := helm.Owner(now); owner != "" && owner != t.owner() && owner != helm.Owner(object) {
			return fmt.Errorf("%s belongs to the Helm release %s by now: it stays as it is", name(object), owner)
		}
		was := object.DeepCopy()
		for _, field := range serverSet[object.GetKind()] {
			if value, found, _ := unstructured.NestedFieldCopy(now.Object, field...); found {
				_ = unstructured.SetNestedField(was.Object, value, field...)
			}
		}
		if now, err = t.cluster.patch(ctx, object, metav1.PatchOptions{}, become(now, was)...); err != nil {
			return err
		}
	}
	_, controllers := hands(now.GetManagedFields())
	hands, _ := hands(object.GetManagedFields())
	_, err = t.cluster.patch(ctx, object, metav1.PatchOptions{}, operation{"add", "/metadata/managedFields", append(hands, controllers...)})
	return err
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
	if owner := now.Annotations[helm.ReleaseNameAnnotation]; owner != "" && now.Annotations[helm.ReleaseNamespaceAnnotation]+"/"+owner != t.owner() {
		return fmt.Errorf("Deployment/%s belongs to the Helm release %s by now: it stays as it is", now.Name, owner)
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

// removeMade deletes what the chart has added.
func (t *takeover) removeMade(ctx context.Context, b backup) error {
	for _, object := range b.Made {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil || helm.Owner(now) != t.owner() {
			continue
		}
		api, err := t.cluster.Resource(object)
		if err != nil {
			return err
		}
		err = api.Delete(ctx, object.GetName(), metav1.DeleteOptions{
			PropagationPolicy: ptr.To(metav1.DeletePropagationBackground), Preconditions: metav1.NewUIDPreconditions(string(now.GetUID())),
		})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("%s: %w", name(object), err)
		}
	}
	return nil
}

// requireBack fails, with what differs, unless all is what it was.
func (t *takeover) requireBack(ctx context.Context, b backup) error {
	var wrong []error
	for _, object := range b.Objects {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil {
			wrong = append(wrong, fmt.Errorf("%s is gone", name(object)))
		} else if found := differences(content(object), content(now)); len(found) > 0 {
			wrong = append(wrong, fmt.Errorf("%s is not what it was:\n  %s", name(object), strings.Join(found, "\n  ")))
		}
	}
	return errors.Join(wrong...)
}
