package helm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Labels by which charts say whose an object is. https://helm.sh/docs/chart_best_practices/labels/
const (
	InstanceLabel = "app.kubernetes.io/instance"
	appLabel      = "app"
)

// Neighbour is a live object that belongs to somebody else than a release.
type Neighbour struct {
	Object *unstructured.Unstructured
	// Owner says whose it is, for people.
	Owner string
}

// String says it for people.
func (n Neighbour) String() string {
	return fmt.Sprintf("%s/%s in %s belongs to %s", n.Object.GetKind(), n.Object.GetName(), n.Object.GetNamespace(), n.Owner)
}

// HookNeighbours returns the live objects that have the kind and name of a hook and belong to somebody else: before Helm
// runs the hook it deletes them, without asking whose they are. earlier are the hooks of revisions of the release. What
// cannot be looked at is in the second result.
func (c *Cluster) HookNeighbours(ctx context.Context, release string, hooks, earlier []*unstructured.Unstructured) (found []Neighbour, unseen []error) {
	known := map[string][]*unstructured.Unstructured{}
	for _, hook := range slices.Concat(earlier, hooks) {
		known[c.identity(hook)] = append(known[c.identity(hook)], hook)
	}
	for _, hook := range hooks {
		live, err := c.Get(ctx, hook)
		switch {
		case meta.IsNoMatchError(err): // a kind that is not there
		case err != nil:
			unseen = append(unseen, fmt.Errorf("%s/%s: %w", hook.GetKind(), hook.GetName(), err))
		case live != nil:
			if owner := c.otherOwner(live, release, known[c.identity(hook)]); owner != "" {
				found = append(found, Neighbour{live, owner})
			}
		}
	}
	return found, unseen
}

// Neighbours returns the live ones among objects that belong to another release: as its own objects, not as hooks.
func (c *Cluster) Neighbours(ctx context.Context, release string, objects []*unstructured.Unstructured) (found []Neighbour, unseen []error) {
	for _, object := range objects {
		live, err := c.Get(ctx, object)
		switch {
		case meta.IsNoMatchError(err):
		case err != nil:
			unseen = append(unseen, fmt.Errorf("%s/%s: %w", object.GetKind(), object.GetName(), err))
		case live != nil && Owner(live) != "" && Owner(live) != c.Namespace+"/"+release:
			found = append(found, Neighbour{live, ownerOf(live)})
		}
	}
	return found, unseen
}

// Without returns the objects but for those that belong to neighbours.
func (c *Cluster) Without(objects []*unstructured.Unstructured, neighbours []Neighbour) []*unstructured.Unstructured {
	theirs := map[string]bool{}
	for _, n := range neighbours {
		theirs[c.identity(n.Object)] = true
	}
	return slices.DeleteFunc(slices.Clone(objects), func(o *unstructured.Unstructured) bool { return theirs[c.identity(o)] })
}

// identity is the same for an object in two manifests, and live.
func (c *Cluster) identity(object *unstructured.Unstructured) string {
	return object.GroupVersionKind().GroupKind().String() + "/" + cmp.Or(object.GetNamespace(), c.Namespace) + "/" + object.GetName()
}

func ownerOf(live *unstructured.Unstructured) string {
	namespace, name, _ := strings.Cut(Owner(live), "/")
	return fmt.Sprintf("release %s in namespace %s", name, namespace)
}

// otherOwner says whose an object is that has the name of hooks of a release; empty if it is the release's own, or nobody
// says whose. Helm does not mark what hooks make, so that is told by the labels that charts give all that they make.
func (c *Cluster) otherOwner(live *unstructured.Unstructured, release string, hooks []*unstructured.Unstructured) string {
	switch Owner(live) {
	case "":
	case c.Namespace + "/" + release:
		return ""
	default:
		return ownerOf(live)
	}
	if controller := metav1.GetControllerOf(live); controller != nil {
		return controller.Kind + "/" + controller.Name + ", which makes it"
	}
	for _, label := range []string{InstanceLabel, appLabel} {
		value := live.GetLabels()[label]
		if value == "" {
			continue
		}
		if label == InstanceLabel && value == release {
			return ""
		}
		for _, hook := range hooks {
			if hook.GetLabels()[label] == value {
				return ""
			}
		}
		return fmt.Sprintf("%s (label %s)", value, label)
	}
	return ""
}
