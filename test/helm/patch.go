package helm

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// Operation of a JSON patch, https://www.rfc-editor.org/rfc/rfc6902.
type Operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Patch changes a live object, and returns what it becomes.
func (c *Cluster) Patch(ctx context.Context, object *unstructured.Unstructured, options metav1.PatchOptions, operations ...Operation) (*unstructured.Unstructured, error) {
	api, err := c.Resource(object)
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	return api.Patch(ctx, object.GetName(), types.JSONPatchType, content, options)
}
