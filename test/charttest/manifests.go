package charttest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"gitlab.example.com/platform/slipway/test/render"
)

// Manifests are what a case has rendered.
type Manifests struct {
	render.Manifests
	t      testing.TB
	scheme *runtime.Scheme
}

const hookAnnotation = "helm.sh/hook"

// Hooks are the objects that Helm makes at points of a deploy, without tests.
func (m *Manifests) Hooks() []render.Document {
	return m.filtered(func(d render.Document) bool { return isHook(d) && !isTest(d) })
}

// Tests are the objects of helm test.
func (m *Manifests) Tests() []render.Document { return m.filtered(isTest) }

// CRDs are the definitions of custom kinds among the templates.
func (m *Manifests) CRDs() []render.Document {
	return m.filtered(func(d render.Document) bool { return d.Object.GetKind() == "CustomResourceDefinition" })
}

func (m *Manifests) filtered(fits func(render.Document) bool) (found []render.Document) {
	for _, document := range m.Documents {
		if fits(document) {
			found = append(found, document)
		}
	}
	return found
}

func isHook(d render.Document) bool { return d.Object.GetAnnotations()[hookAnnotation] != "" }

func isTest(d render.Document) bool {
	return slices.ContainsFunc(strings.Split(d.Object.GetAnnotations()[hookAnnotation], ","), func(hook string) bool {
		return strings.HasPrefix(strings.TrimSpace(hook), "test")
	})
}

// Get returns the one object of type T with this name, such as *appsv1.Deployment. It ends the test if there is none, or
// if the object has a field that its kind does not have.
func Get[T render.Object](m *Manifests, name string) T {
	m.t.Helper()
	object, err := get[T](m, name)
	require.NoError(m.t, err)
	return object
}

// All returns the objects of type T, in the order of the manifests.
func All[T render.Object](m *Manifests) []T {
	m.t.Helper()
	objects, err := all[T](m)
	require.NoError(m.t, err)
	return objects
}

// None requires that there is no object of type T.
func None[T render.Object](m *Manifests) {
	m.t.Helper()
	objects, err := all[T](m)
	require.NoError(m.t, err)
	require.Empty(m.t, objects)
}

func get[T render.Object](m *Manifests, name string) (T, error) {
	var nothing T
	objects, err := all[T](m)
	if err != nil {
		return nothing, err
	}
	named := slices.DeleteFunc(objects, func(object T) bool { return object.GetName() != name })
	if len(named) != 1 {
		return nothing, fmt.Errorf("%d objects of type %T are named %q among %v", len(named), nothing, name, m.Documents)
	}
	return named[0], nil
}

func all[T render.Object](m *Manifests) (objects []T, err error) {
	kinds, _, err := m.scheme.ObjectKinds(reflect.New(reflect.TypeFor[T]().Elem()).Interface().(runtime.Object))
	if err != nil {
		return nil, fmt.Errorf("%w; Case.Scheme adds custom kinds", err)
	}
	strict := serializer.NewCodecFactory(m.scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, document := range m.Documents {
		if !slices.Contains(kinds, document.Object.GroupVersionKind()) {
			continue
		}
		object, _, err := strict.Decode([]byte(document.Text), nil, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", document.Template, document, err)
		}
		objects = append(objects, object.(T))
	}
	return objects, nil
}
