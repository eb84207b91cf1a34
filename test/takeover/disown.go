package takeover

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// disownObjects takes from the objects what kubectl has noted in them: whose fields are whose, and the last manifest. A field that
// has an owner beside Helm is not removed by Helm 4, and stands in its way for ever.
type disownObjects struct {
	*takeover
	plan *plan
	// early is for Helm 4 alone, which does not remove what another manager owns too.
	early bool
}

func (s disownObjects) describe() string {
	if s.early {
		return ""
	}
	return "Nothing keeps a note of kubectl any more: last-applied annotations and field managers go."
}

func (s disownObjects) do(ctx context.Context) error {
	for _, object := range s.plan.record.Objects {
		now, err := s.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil {
			continue
		}
		hands, kept := hands(now.GetManagedFields())
		for _, entry := range hands {
			if entry.Manager == "helm" {
				kept = append(kept, entry)
			}
		}
		operations := []operation{{"add", "/metadata/managedFields", kept}}
		if _, noted := now.GetAnnotations()[lastApplied]; noted {
			operations = append(operations, operation{"add", "/metadata/annotations", withoutAnnotation(now, lastApplied).GetAnnotations()})
		}
		if _, err := s.cluster.patch(ctx, now, metav1.PatchOptions{}, operations...); err != nil {
			return err
		}
	}
	return nil
}

// undo does nothing: each object that is put back has its field managers again.
func (s disownObjects) undo(context.Context) error { return nil }
