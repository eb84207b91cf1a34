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
}

func (s disownObjects) describe() []string {
	return []string{"Nothing keeps a note of kubectl any more: last-applied annotations and field managers go."}
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

// disownEarly does the same before anything else, for Helm 4 alone, which does not remove what another manager owns too.
type disownEarly struct{ disownObjects }

func (s disownEarly) describe() []string { return nil }

func (s disownEarly) do(ctx context.Context) error {
	if s.helm.Major != 4 {
		return nil
	}
	return s.disownObjects.do(ctx)
}
