package rollout

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/follow"
	"gitlab.example.com/platform/slipway/test/helm"
)

// Annotation with which Helm leaves an object where it is.
const (
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
	found, err := helm.Objects(manifest)
	if err != nil {
		return nil, err
	}
	var all []object
	for _, one := range found {
		if one.GetNamespace() == "" {
			one.SetNamespace(namespace)
		}
		all = append(all, object{one})
	}
	return all, nil
}

// manifestOf is the text of a manifest.
func manifestOf(all []*unstructured.Unstructured) (string, error) {
	var text strings.Builder
	for _, o := range all {
		content, err := yaml.Marshal(o.Object)
		if err != nil {
			return "", err
		}
		text.WriteString("---\n" + string(content))
	}
	return text.String(), nil
}

// workloads are a revision's objects with pods, hooks included.
func workloads(r helm.Revision, namespace string) ([]follow.Workload, error) {
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
				all = append(all, follow.Workload{
					Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), GiveUpAfter: o.GetAnnotations()[follow.Annotation],
				})
			}
		}
	}
	return all, nil
}

// live reads what is live in the cluster, and removes what should not be.
type live struct {
	*helm.Cluster
	// unseen is told of an object that cannot be read, since there is no right to, or no such kind any more: it is skipped.
	unseen func(o object, err error)
}

// see returns what is live of an object, nil if nothing is; ok is false if that is not to be seen. The error is of an API
// server that does not answer.
func (l live) see(ctx context.Context, o object) (found *unstructured.Unstructured, ok bool, err error) {
	found, err = l.Get(ctx, o.Unstructured)
	switch {
	case err == nil:
		return found, true, nil
	case isTransient(err) || ctx.Err() != nil:
		return nil, false, fmt.Errorf("%s: %w", o, err)
	}
	l.unseen(o, err)
	return nil, false, nil
}

// differences returns where what is live is not as the manifest says, as far as it is to be seen.
func (l live) differences(ctx context.Context, manifest []object) ([]difference, error) {
	var all []difference
	for _, want := range manifest {
		found, ok, err := l.see(ctx, want)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, compare(want, found)...)
		}
	}
	return all, nil
}

// leftovers returns the objects that are live as the release's own, and that no manifest of it holds any more, as far as
// they are to be seen.
func (l live) leftovers(ctx context.Context, release string, gone, stays []object) ([]object, error) {
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
		found, ok, err := l.see(ctx, o)
		if err != nil {
			return nil, err
		}
		if !ok || found == nil || found.GetDeletionTimestamp() != nil {
			continue
		}
		if helm.Owner(found) == l.Namespace+"/"+release && found.GetAnnotations()[policyAnnotation] != keepPolicy {
			left = append(left, object{found})
		}
	}
	return left, nil
}

// remove deletes an object, and what belongs to it, unless it has become another one.
func (l live) remove(ctx context.Context, o object) error {
	resource, err := l.Resource(o.Unstructured)
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
