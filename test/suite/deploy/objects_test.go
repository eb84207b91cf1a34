package deploy

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// objects are what is live in a namespace, by kind and name.
type objects map[string]*unstructured.Unstructured

// listable asks once for the kinds of all objects.
var listable = sync.OnceValues(func() ([]schema.GroupVersionResource, error) { return admin.Listable() })

// everything returns all objects in the namespace.
func everything(ctx context.Context, t *testing.T, namespace string) objects {
	t.Helper()
	kinds, err := listable()
	require.NoError(t, err)
	found := objects{}
	for _, kind := range kinds {
		list, err := admin.Dynamic.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
		require.NoError(t, err)
		for i := range list.Items {
			found[list.Items[i].GetKind()+"/"+list.Items[i].GetName()] = &list.Items[i]
		}
	}
	return found
}

// written returns what of the objects a client wrote rather than a controller: it stays as it is if nobody acts.
func (o objects) written() objects {
	kept := objects{}
	for key, object := range o {
		switch object.GetKind() {
		case "Endpoints", "EndpointSlice": // follow the pods
			continue
		}
		object = object.DeepCopy()
		object.SetResourceVersion("")
		object.SetManagedFields(nil)
		delete(object.Object, "status")
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations", "deployment.kubernetes.io/revision")
		kept[key] = object
	}
	return kept
}

// released returns the objects that the service's chart made, without what an update changes by itself.
func (o objects) released() objects {
	kept := objects{}
	for key, object := range o.written() {
		if object.GetLabels()["app.kubernetes.io/managed-by"] != "Helm" || len(object.GetOwnerReferences()) > 0 {
			continue
		}
		if object.GetAnnotations()["meta.helm.sh/release-namespace"] == projects {
			continue
		}
		object.SetGeneration(0)
		kept[key] = object
	}
	return kept
}

// difference returns every field in which other differs, as "Kind/name field: old -> new".
func (o objects) difference(other objects) []string {
	return differences(o.content(), other.content())
}

func (o objects) content() map[string]any {
	content := map[string]any{}
	for key, object := range o {
		content[key] = object.Object
	}
	return content
}

// keys returns kind and name of all objects, sorted.
func (o objects) keys() []string { return slices.Sorted(maps.Keys(o)) }
