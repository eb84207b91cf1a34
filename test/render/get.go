package render

import (
	"fmt"
	"reflect"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
)

// Object is a typed Kubernetes object, such as *appsv1.Deployment.
type Object interface {
	runtime.Object
	metav1.Object
}

// Get returns the one object of type T with this name. It fails if there is none or more than one, or if an object of
// the type cannot be decoded.
func Get[T Object](manifests Manifests, name string) (T, error) {
	var none T
	objects, err := All[T](manifests)
	if err != nil {
		return none, err
	}
	objects = slices.DeleteFunc(objects, func(object T) bool { return object.GetName() != name })
	if len(objects) != 1 {
		return none, fmt.Errorf("%d objects of type %T are named %q among %v", len(objects), none, name, manifests.Documents)
	}
	return objects[0], nil
}

// All returns the objects of type T in the order of the manifests. It fails if client-go's scheme does not know T, or if
// an object of the type cannot be decoded.
func All[T Object](manifests Manifests) ([]T, error) {
	kinds, _, err := scheme.Scheme.ObjectKinds(reflect.New(reflect.TypeFor[T]().Elem()).Interface().(runtime.Object))
	if err != nil {
		return nil, err
	}
	var objects []T
	for _, document := range manifests.Documents {
		if !slices.Contains(kinds, document.Object.GroupVersionKind()) {
			continue
		}
		object, err := document.Decode()
		if err != nil {
			return nil, err
		}
		objects = append(objects, object.(T))
	}
	return objects, nil
}

var strict = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

// Decode returns the document as the type that client-go's scheme has for its kind. It fails on a kind that the scheme
// does not know, and on a field that is unknown, repeated or of the wrong type.
func (d Document) Decode() (Object, error) {
	object, _, err := strict.Decode([]byte(d.Text), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", d.Template, d, err)
	}
	typed, ok := object.(Object)
	if !ok {
		return nil, fmt.Errorf("%s: %s: not an object with metadata", d.Template, d)
	}
	return typed, nil
}
