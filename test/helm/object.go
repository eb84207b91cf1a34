package helm

import (
	"errors"
	"fmt"
	"io"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Annotations and the label by which Helm knows what belongs to a release.
// https://helm.sh/docs/topics/charts_hooks/ does not list them; `helm install` names them when it refuses an object.
const (
	ReleaseNameAnnotation      = "meta.helm.sh/release-name"
	ReleaseNamespaceAnnotation = "meta.helm.sh/release-namespace"
	ManagedByLabel             = "app.kubernetes.io/managed-by"
)

// Owner returns the release that an object belongs to, as NAMESPACE/NAME; empty if none.
func Owner(object metav1.Object) string {
	annotations := object.GetAnnotations()
	if annotations[ReleaseNameAnnotation] == "" {
		return ""
	}
	return annotations[ReleaseNamespaceAnnotation] + "/" + annotations[ReleaseNameAnnotation]
}

// Objects parses the text of a manifest, in its order; a List is its items.
func Objects(manifest string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	documents := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096)
	for {
		var content map[string]any
		err := documents.Decode(&content)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("what the chart has rendered: %w", err)
		}
		one := &unstructured.Unstructured{Object: content}
		switch {
		case len(content) == 0:
		case one.IsList():
			list, err := one.ToList()
			if err != nil {
				return nil, err
			}
			for i := range list.Items {
				all = append(all, &list.Items[i])
			}
		default:
			all = append(all, one)
		}
	}
}
