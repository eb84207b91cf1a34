package rollout

import (
	"context"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
)

// manager is our own name among an object's field managers.
const manager = "slipway"

// mendable returns where what is live is not as the manifest says, and would be if that were written again. The rest is what
// the API server makes of the manifest, such as an image that a webhook rewrites: it is said, and stays.
func (r *rollout) mendable(ctx context.Context, manifest []object) ([]difference, error) {
	var all []difference
	for _, want := range manifest {
		live, ok, err := r.live.see(ctx, want)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		found := compare(want, live)
		if live == nil || len(found) == 0 {
			all = append(all, found...)
			continue
		}
		written, err := r.live.wouldBecome(ctx, want, live)
		if isTransient(err) {
			return nil, err
		}
		if err != nil { // then Helm could not write it either
			r.sayOnce("%s, and stays: the API server refuses to write it again: %v", found[0], err)
			continue
		}
		stays := compare(want, written)
		for _, d := range found {
			if slices.Contains(stays, d) {
				r.sayOnce("%s: the API server makes that of the manifest (an admission webhook does, perhaps), and it stays", d)
			} else {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// wouldBecome returns what the API server, its webhooks included, would make of a live object whose fields are written as a
// manifest says. Nothing changes.
func (l live) wouldBecome(ctx context.Context, want object, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	var operations []helm.Operation
	for _, field := range slices.Sorted(maps.Keys(want.Object)) {
		switch field {
		case "apiVersion", "kind", "metadata", "status":
		default:
			operations = append(operations, helm.Operation{Op: "add", Path: "/" + field, Value: want.Object[field]})
		}
	}
	both := func(live, want map[string]string) map[string]string {
		all := maps.Clone(live)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, want)
		return all
	}
	operations = append(operations,
		helm.Operation{Op: "add", Path: "/metadata/labels", Value: both(live.GetLabels(), want.GetLabels())},
		helm.Operation{Op: "add", Path: "/metadata/annotations", Value: both(live.GetAnnotations(), want.GetAnnotations())})
	return l.Patch(ctx, live, metav1.PatchOptions{FieldManager: manager, DryRun: []string{metav1.DryRunAll}}, operations...)
}
