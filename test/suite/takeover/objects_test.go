package takeover

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// kinds of all objects that the manifests and the chart make, and of what the takeover makes on its way.
var kinds = []schema.GroupVersionResource{
	{Version: "v1", Resource: "services"},
	{Version: "v1", Resource: "configmaps"},
	{Version: "v1", Resource: "serviceaccounts"},
	{Version: "v1", Resource: "pods"},
	{Group: "apps", Version: "v1", Resource: "deployments"},
	{Group: "apps", Version: "v1", Resource: "replicasets"},
	{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
	{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
	{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"},
}

// objects are what is live in a project, by kind and name, without charts/project's own.
type objects map[string]*unstructured.Unstructured

func (s service) everything() objects {
	s.T.Helper()
	found := objects{}
	for _, kind := range kinds {
		list, err := admin.Dynamic.Resource(kind).Namespace(s.namespace).List(s.T.Context(), metav1.ListOptions{})
		require.NoError(s.T, err)
		for i := range list.Items {
			object := &list.Items[i]
			switch {
			case object.GetName() == "kube-root-ca.crt", object.GetName() == "default", object.GetName() == "deployer":
				continue
			}
			found[object.GetKind()+"/"+object.GetName()] = object
		}
	}
	return found
}

// written returns what somebody, and not the API server or a controller, has written: field managers too, but for when
// they wrote.
func (o objects) written() map[string]any {
	kept := map[string]any{}
	for key, object := range o {
		switch object.GetKind() {
		case "Pod", "ReplicaSet", "EndpointSlice":
			continue
		}
		object = object.DeepCopy()
		var managers []any
		for _, entry := range object.GetManagedFields() {
			if entry.Subresource == "" {
				managers = append(managers, entry.Manager+"/"+string(entry.Operation))
			}
		}
		delete(object.Object, "status")
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations", "deployment.kubernetes.io/revision")
		for _, field := range []string{"clusterIP", "clusterIPs"} {
			unstructured.RemoveNestedField(object.Object, "spec", field)
		}
		kept[key] = map[string]any{
			"labels": object.GetLabels(), "annotations": object.GetAnnotations(), "managers": managers,
			"content": withoutMetadata(object),
		}
	}
	return kept
}

// unmoved returns what is as it was where nothing was done: what somebody has written, and which objects there are. What
// controllers write comes in its own time, such as the endpoint of a pod that has just become ready.
func (o objects) unmoved() map[string]any {
	kept := o.written()
	for key, object := range o {
		if object.GetLabels()["endpointslice.kubernetes.io/managed-by"] != "endpointslice-controller.k8s.io" {
			kept["uid of "+key] = object.GetUID()
		}
	}
	return kept
}

func withoutMetadata(object *unstructured.Unstructured) map[string]any {
	content := maps.Clone(object.Object)
	delete(content, "metadata")
	return content
}

// uids returns the identities of the objects of one kind, sorted.
func (o objects) uids(kind string) []types.UID {
	var all []types.UID
	for _, object := range o {
		if object.GetKind() == kind {
			all = append(all, object.GetUID())
		}
	}
	slices.Sort(all)
	return all
}

// settled waits until no pod is about to go, and returns everything.
func (s service) settled() objects {
	s.T.Helper()
	var all objects
	eventually.NoError(s.T, "no pod is about to go", func(context.Context) error {
		all = s.everything()
		return nothingLeaves(all)
	})
	return all
}

func nothingLeaves(all objects) error {
	for key, object := range all {
		if object.GetDeletionTimestamp() != nil {
			return fmt.Errorf("%s is about to go", key)
		}
	}
	return nil
}
