package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	sigsyaml "sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

// custom returns the objects of a kind that Kubernetes does not have itself.
func custom(manifests render.Manifests, kind string) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, document := range manifests.Documents {
		if document.Object.GetKind() == kind {
			found = append(found, document.Object)
		}
	}
	return found
}

// requireCustom requires the one object of a kind, its API version and name, and all of its spec, as YAML.
func requireCustom(t *testing.T, manifests render.Manifests, apiVersion, kind, name, spec string) {
	t.Helper()
	found := custom(manifests, kind)
	require.Len(t, found, 1)
	require.Equal(t, apiVersion, found[0].GetAPIVersion())
	require.Equal(t, name, found[0].GetName())
	got, err := sigsyaml.Marshal(found[0].Object["spec"])
	require.NoError(t, err)
	require.YAMLEq(t, spec, string(got))
}
