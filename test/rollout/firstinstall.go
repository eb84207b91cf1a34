package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"

	"gitlab.example.com/platform/slipway/test/helm"
)

// deletionTimeout bounds the wait for the end of objects that are being deleted: a claim that a pod uses never ends.
const deletionTimeout = time.Minute

// worthKeeping says why a first install that was cut off must not be uninstalled: it serves, or something would go that an
// install does not make anew. It is empty where nothing would be lost.
func (r *rollout) worthKeeping(ctx context.Context, first helm.Revision) string {
	manifest, err := objects(first.Manifest, r.Namespace)
	if err != nil {
		return err.Error()
	}
	for _, o := range manifest {
		found, err := r.live.Get(ctx, o.Unstructured)
		switch {
		case meta.IsNoMatchError(err): // what is of no kind is not there
			continue
		case err != nil:
			return fmt.Sprintf("%s cannot be seen (%v)", o, err)
		case found == nil:
			continue
		case helm.Owner(found) != "" && helm.Owner(found) != r.Namespace+"/"+r.release:
			continue // a neighbour's, which is left out of the removal
		case helm.Owner(found) == "":
			return fmt.Sprintf("%s is not its own", o)
		case found.GetCreationTimestamp().Time.Before(first.Made):
			return fmt.Sprintf("%s was there before", o)
		case found.GetAnnotations()[policyAnnotation] == keepPolicy, holdsData(found):
			return fmt.Sprintf("%s would be lost", o)
		case serves(found):
			return fmt.Sprintf("%s serves", o)
		}
	}
	return ""
}

// serves says whether pods of an object are ready.
func serves(o *unstructured.Unstructured) bool {
	return slices.ContainsFunc([]string{"readyReplicas", "numberReady"}, func(field string) bool {
		count, _, _ := unstructured.NestedInt64(o.Object, "status", field)
		return count > 0
	})
}

// holdsData says whether data may go with an object. What a kind of somebody else's means nobody knows here.
func holdsData(o *unstructured.Unstructured) bool {
	switch o.GetKind() {
	case "PersistentVolumeClaim", "PersistentVolume", "Namespace":
		return true
	case "StatefulSet":
		claims, _, _ := unstructured.NestedSlice(o.Object, "spec", "volumeClaimTemplates")
		return len(claims) > 0
	}
	return !scheme.Scheme.Recognizes(o.GroupVersionKind())
}

// holdsVolume says whether an object is a claim that has got its volume.
func holdsVolume(o object) bool {
	volume, _, _ := unstructured.NestedString(o.Object, "spec", "volumeName")
	return o.GetKind() == "PersistentVolumeClaim" && volume != ""
}

// awaitDeletions returns when no object of a revision is being deleted any more, or when it has waited long enough.
func (r *rollout) awaitDeletions(ctx context.Context, one helm.Revision) error {
	manifest, err := objects(one.Manifest, r.Namespace)
	if err != nil {
		return nil // Helm says it
	}
	ctx, cancel := context.WithTimeout(ctx, deletionTimeout)
	defer cancel()
	for _, o := range manifest {
		for {
			found, err := r.live.Get(ctx, o.Unstructured)
			if ctx.Err() != nil {
				return nil
			}
			if isTransient(err) {
				return err
			}
			if found == nil || err != nil || found.GetDeletionTimestamp() == nil {
				break
			}
			r.sayOnce("waiting for the end of %s, which is being deleted", o)
			if pause(ctx) != nil {
				return nil
			}
		}
	}
	return nil
}
