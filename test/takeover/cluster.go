package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"gitlab.example.com/platform/slipway/test/helm"
)

// manager is the takeover's own name among an object's field managers.
const manager = "slipway-takeover"

// cluster is where the helm command goes, with its credentials.
type cluster struct{ *helm.Cluster }

// operation of a JSON patch, https://www.rfc-editor.org/rfc/rfc6902.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// patch changes a live object, and returns what it becomes.
func (c *cluster) patch(ctx context.Context, object *unstructured.Unstructured, options metav1.PatchOptions, operations ...operation) (*unstructured.Unstructured, error) {
	api, err := c.Resource(object)
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	options.FieldManager = manager
	changed, err := api.Patch(ctx, object.GetName(), types.JSONPatchType, content, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name(object), err)
	}
	return changed, nil
}

// become returns the operations that make a live object what another one says: its labels, annotations, and all but
// metadata and status.
func become(live, wanted *unstructured.Unstructured) []operation {
	operations := []operation{{"add", "/metadata/labels", wanted.GetLabels()}, {"add", "/metadata/annotations", wanted.GetAnnotations()}}
	for i, o := range operations {
		if o.Value.(map[string]string) == nil {
			operations[i].Value = map[string]string{}
		}
	}
	ours := func(field string) bool {
		return !slices.Contains([]string{"apiVersion", "kind", "metadata", "status"}, field)
	}
	for _, field := range slices.Sorted(maps.Keys(wanted.Object)) {
		if ours(field) {
			operations = append(operations, operation{"add", "/" + field, wanted.Object[field]})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(live.Object)) {
		if _, kept := wanted.Object[field]; !kept && ours(field) {
			operations = append(operations, operation{Op: "remove", Path: "/" + field})
		}
	}
	return operations
}

// patience is how long is waited for what must come to its end in any case: no less than Helm does by itself, however short the
// command's timeout is, which is for the chart's pods.
func (t *takeover) patience() time.Duration { return max(t.command.Timeout, helm.DefaultTimeout) }

// eventually waits until check returns nil; the error is the last that it returned.
func (t *takeover) eventually(ctx context.Context, what string, check func(ctx context.Context) error) error {
	return t.within(ctx, t.patience(), what, check)
}

func (t *takeover) within(ctx context.Context, timeout time.Duration, what string, check func(ctx context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, timeout, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, t.lease.Err()
	})
	if err != nil {
		return fmt.Errorf("waited for %s: %w", what, errors.Join(err, last))
	}
	return nil
}
