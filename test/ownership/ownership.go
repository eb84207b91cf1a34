// Package ownership tells whose the fields of a live object are, by what the API server notes of who has set them.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
package ownership

import (
	"regexp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Owner is what kind of program has set a field.
type Owner int

const (
	// Other is a program that is not known here: it may be a controller.
	Other Owner = iota
	// Helm itself.
	Helm
	// Hand is what people type or click in.
	Hand
	// Controller of Kubernetes itself, such as an autoscaler.
	Controller
)

var (
	// hand knows the field managers of what people type and click in: kubectl names itself by what it does (kubectl-edit,
	// kubectl-set, kubectl-client-side-apply), others by their program, and those in a browser by what a browser says it is.
	hand = regexp.MustCompile(`^(kubectl([-.].*)?|oc|k9s|lens|openlens|freelens|node-fetch|dashboard|kubernetes-dashboard|dashboard-api|headlamp(-server)?|octant|Mozilla)$`)
	// helmItself is named after its program.
	helmItself = regexp.MustCompile(`^helm[-.0-9v]*$`)
	// controller knows those of Kubernetes: kube-controller-manager has the name for all in it.
	controller = regexp.MustCompile(`^(kube-.*|cloud-controller-manager|kubelet)$`)
)

// Of says whose the fields of an entry are.
func Of(entry metav1.ManagedFieldsEntry) Owner {
	switch {
	case helmItself.MatchString(entry.Manager):
		return Helm
	case entry.Subresource == "status":
		return Controller
	case hand.MatchString(entry.Manager):
		return Hand
	case controller.MatchString(entry.Manager):
		return Controller
	}
	return Other
}

// Without returns the entries but those of one kind of owner, and whether there were any.
func Without(entries []metav1.ManagedFieldsEntry, owner Owner) (rest []metav1.ManagedFieldsEntry, some bool) {
	rest = []metav1.ManagedFieldsEntry{}
	for _, entry := range entries {
		if Of(entry) == owner {
			some = true
		} else {
			rest = append(rest, entry)
		}
	}
	return rest, some
}

// Field that a program has set.
type Field struct {
	Path
	// Manager is the program's name, and Subresource through what it has set the field; empty if through the object itself.
	Manager, Subresource string
}

// Fields returns those fields of a live object that owners of some kinds have set, in the order of their paths, but for its
// status.
func Fields(live *unstructured.Unstructured, of func(Owner) bool) []Field {
	var all []Field
	for _, entry := range live.GetManagedFields() {
		if !of(Of(entry)) || entry.Subresource == "status" || entry.FieldsV1 == nil {
			continue
		}
		var set fieldpath.Set
		if err := set.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			continue // of a form that is not known yet
		}
		set.Leaves().Iterate(func(path fieldpath.Path) {
			all = append(all, Field{Path: Path(path.Copy()), Manager: entry.Manager, Subresource: entry.Subresource})
		})
	}
	return all
}
