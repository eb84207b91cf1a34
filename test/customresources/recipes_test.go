package customresources

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"gitlab.example.com/platform/slipway/test/render"
)

// mistakes returns what an API server with the definition says against an object: fields that it does not know, and
// values that it does not take.
func mistakes(t *testing.T, definition *apiextensionsv1.CustomResourceDefinition, object *unstructured.Unstructured) []string {
	t.Helper()
	var found []string
	for _, version := range definition.Spec.Versions {
		if version.Name != object.GroupVersionKind().Version {
			continue
		}
		var internal apiextensions.JSONSchemaProps
		require.NoError(t, apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil))
		structural, err := structuralschema.NewStructural(&internal)
		require.NoError(t, err)
		validator, _, err := validation.NewSchemaValidator(&internal)
		require.NoError(t, err)
		for _, mistake := range validation.ValidateCustomResource(nil, object.Object, validator) {
			found = append(found, mistake.Error())
		}
		found = append(found, pruning.PruneWithOptions(object.DeepCopy().Object, structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
		return found
	}
	return []string{"version " + object.GroupVersionKind().Version + " is not served"}
}

// What docs/recipes.md makes of custom kinds, their own definitions admit.
func TestRecipesAreAdmitted(t *testing.T) {
	definitions, err := Definitions(t.Context())
	require.NoError(t, err)
	byKind := map[schema.GroupKind]*apiextensionsv1.CustomResourceDefinition{}
	for _, definition := range definitions {
		byKind[schema.GroupKind{Group: definition.Spec.Group, Kind: definition.Spec.Names.Kind}] = definition
	}
	chart, err := render.Load("../../charts/microservice")
	require.NoError(t, err)
	page, err := os.ReadFile("../../docs/recipes.md")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "values.yaml")
	seen := map[string]int{}
	var monitor *unstructured.Unstructured
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		require.NoError(t, os.WriteFile(file, block[1], 0o600))
		values, err := render.Layers{Files: []string{file}, Set: []string{"environment=dev", "image.repository=registry.example.com/a", "image.tag=dev-1"}}.Merge()
		require.NoError(t, err)
		manifests, err := render.Render(t.Context(), chart, render.Release{Name: "example-microservice", Namespace: "the-project"}, values)
		require.NoError(t, err)
		for _, document := range manifests.Documents {
			kind := document.Object.GroupVersionKind().GroupKind()
			definition := byKind[kind]
			if definition == nil {
				require.True(t, scheme.Scheme.IsGroupRegistered(kind.Group), "%s has no definition here", kind)
				continue
			}
			require.Empty(t, mistakes(t, definition, document.Object), document)
			seen[kind.Kind]++
			if kind.Kind == "PodMonitor" {
				monitor = document.Object
			}
		}
	}
	for _, kind := range []string{"ExternalSecret", "HTTPRoute", "PodMonitor", "SealedSecret", "SecretProviderClass"} {
		require.NotZero(t, seen[kind], "no recipe makes a %s", kind)
	}

	// So that the check can fail: a field that the kind does not have, and one of another type.
	definition := byKind[monitor.GroupVersionKind().GroupKind()]
	spec := monitor.Object["spec"].(map[string]any)
	spec["noSuchField"] = true
	require.Equal(t, []string{"spec.noSuchField"}, mistakes(t, definition, monitor))
	monitor.Object["spec"] = "text"
	require.NotEmpty(t, mistakes(t, definition, monitor))
}
