package takeover

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
)

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
			if external, _, _ := unstructured.NestedString(was.Object, "spec", "externalName"); external != "" {
				break // it had no address, and must have none
			}
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
