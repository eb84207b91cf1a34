package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	"gitlab.example.com/platform/slipway/test/rollout/follow"
)

// Annotations that Helm writes, and reads.
const (
	ownerAnnotation  = "meta.helm.sh/release-name"
	spaceAnnotation  = "meta.helm.sh/release-namespace"
	policyAnnotation = "helm.sh/resource-policy"
	keepPolicy       = "keep"
)

// object is one of a manifest.
type object struct{ *unstructured.Unstructured }

// String names the object as kubectl does.
func (o object) String() string { return o.GetKind() + "/" + o.GetName() }

// key is the same for the object in two manifests.
func (o object) key() string {
	return o.GroupVersionKind().GroupKind().String() + "/" + o.GetNamespace() + "/" + o.GetName()
}

// objects parses the text of a manifest. An object that names no namespace gets that of the release; the API server
// ignores it for kinds outside of namespaces.
func objects(manifest, namespace string) ([]object, error) {
	var all []object
	documents := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096)
	for {
		var content map[string]any
		err := documents.Decode(&content)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the manifest that Helm has stored: %w", err)
		}
		if len(content) == 0 {
			continue
		}
		one := &unstructured.Unstructured{Object: content}
		items := []unstructured.Unstructured{*one}
		if one.IsList() {
			list, err := one.ToList()
			if err != nil {
				return nil, err
			}
			items = list.Items
		}
		for i := range items {
			if items[i].GetNamespace() == "" {
				items[i].SetNamespace(namespace)
			}
			all = append(all, object{&items[i]})
		}
	}
}

// objects are those of the revision but for hooks.
func (r revision) objects(namespace string) ([]object, error) { return objects(r.Manifest, namespace) }

// workloads are the revision's objects with pods, hooks included.
func (r revision) workloads(namespace string) ([]follow.Workload, error) {
	texts := []string{r.Manifest}
	for _, hook := range r.Hooks {
		texts = append(texts, hook.Manifest)
	}
	var all []follow.Workload
	for _, text := range texts {
		found, err := objects(text, namespace)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			switch kind := o.GetKind(); kind {
			case follow.Deployment, follow.StatefulSet, follow.DaemonSet, follow.Job:
				all = append(all, follow.Workload{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()})
			}
		}
	}
	return all, nil
}

// live reads what is live in the cluster, and removes what should not be.
type live struct {
	client dynamic.Interface
	mapper meta.RESTMapper
}

func (l live) resource(o object) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	mapping, err := l.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return l.client.Resource(mapping.Resource).Namespace(o.GetNamespace()), nil
	}
	return l.client.Resource(mapping.Resource), nil
}

// get returns the object as it is live, nil if it is not.
func (l live) get(ctx context.Context, o object) (*unstructured.Unstructured, error) {
	resource, err := l.resource(o)
	if err != nil {
		return nil, err
	}
	found, err := resource.Get(ctx, o.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// differences returns where what is live is not as the manifest says.
func (l live) differences(ctx context.Context, manifest []object) ([]difference, error) {
	var all []difference
	for _, want := range manifest {
		found, err := l.get(ctx, want)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", want, err)
		}
		all = append(all, compare(want, found)...)
	}
	return all, nil
}

// leftovers returns the objects that are live as the release's own, and that no manifest of it holds any more.
func (l live) leftovers(ctx context.Context, release, namespace string, gone, stays []object) ([]object, error) {
	known := map[string]bool{}
	for _, o := range stays {
		known[o.key()] = true
	}
	var left []object
	for _, o := range gone {
		if known[o.key()] {
			continue
		}
		known[o.key()] = true
		found, err := l.get(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o, err)
		}
		if found == nil || found.GetDeletionTimestamp() != nil {
			continue
		}
		annotations := found.GetAnnotations()
		if annotations[ownerAnnotation] == release && annotations[spaceAnnotation] == namespace && annotations[policyAnnotation] != keepPolicy {
			left = append(left, object{found})
		}
	}
	return left, nil
}

// remove deletes an object, and what belongs to it, unless it has become another one.
func (l live) remove(ctx context.Context, o object) error {
	resource, err := l.resource(o)
	if err != nil {
		return err
	}
	uid := o.GetUID()
	err = resource.Delete(ctx, o.GetName(), metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: new(metav1.DeletePropagationBackground),
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}
