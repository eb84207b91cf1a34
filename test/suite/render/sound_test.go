package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"gitlab.example.com/platform/slipway/test/render"
)

// requireSound checks what holds for every object of every case: it has only fields that its kind has, a valid name,
// valid labels and annotations, a namespace, and the labels by which people find it.
func requireSound(t *testing.T, release render.Release, manifests render.Manifests) {
	t.Helper()
	seen := map[string]bool{}
	for _, document := range manifests.Documents {
		object, err := document.Decode()
		require.NoError(t, err)
		require.False(t, seen[document.String()], "%s is there twice", document)
		seen[document.String()] = true

		require.Empty(t, validation.IsDNS1123Label(object.GetName()), document)
		require.Empty(t, metavalidation.ValidateLabels(object.GetLabels(), field.NewPath("metadata", "labels")), document)
		require.Empty(t, apivalidation.ValidateAnnotations(object.GetAnnotations(), field.NewPath("metadata", "annotations")), document)
		for _, label := range []string{"client", "env"} {
			require.NotEmpty(t, object.GetLabels()[label], "%s: label %s", document, label)
		}
		if document.Object.GetKind() != "Namespace" {
			require.NotEmpty(t, object.GetNamespace(), document)
			require.Equal(t, release.Name, object.GetLabels()["app"], document)
		}
	}
}
