package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"

	"gitlab.example.com/platform/slipway/test/render"
)

// requireSound checks what holds for every object of every case: it has only fields that its kind has (if it is one of
// Kubernetes' own), a valid name, valid labels and annotations, a namespace, and the labels by which people find it.
func requireSound(t *testing.T, release render.Release, manifests render.Manifests) {
	t.Helper()
	seen := map[string]bool{}
	for _, document := range manifests.Documents {
		object := document.Object
		if scheme.Scheme.Recognizes(object.GroupVersionKind()) {
			_, err := document.Decode()
			require.NoError(t, err)
		}
		require.False(t, seen[document.String()], "%s is there twice", document)
		seen[document.String()] = true

		label := object.GetName()
		if kind := object.GetKind(); object.GetAnnotations()["helm.sh/hook"] != "" && kind != "Job" && kind != "Pod" {
			label = strings.Replace(label, ".", "-", 1) // what no service is called
			require.Empty(t, validation.IsDNS1123Subdomain(object.GetName()), document)
			require.NotEqual(t, label, object.GetName(), document)
			label = label[:min(len(label), validation.DNS1123LabelMaxLength)]
		}
		require.Empty(t, validation.IsDNS1123Label(strings.TrimRight(label, "-")), document)
		require.Empty(t, metavalidation.ValidateLabels(object.GetLabels(), field.NewPath("metadata", "labels")), document)
		require.Empty(t, apivalidation.ValidateAnnotations(object.GetAnnotations(), field.NewPath("metadata", "annotations")), document)
		for _, label := range []string{"client", "env"} {
			require.NotEmpty(t, object.GetLabels()[label], "%s: label %s", document, label)
		}
		if object.GetKind() == "Namespace" {
			continue
		}
		require.NotEmpty(t, object.GetNamespace(), document)
		// A test's pod must not be taken for one of the service's.
		if object.GetKind() == "Pod" {
			require.NotEqual(t, release.Name, object.GetLabels()["app"], document)
		} else {
			require.Equal(t, release.Name, object.GetLabels()["app.kubernetes.io/instance"], document)
			require.Equal(t, object.GetLabels()["app.kubernetes.io/name"], object.GetLabels()["app"], document)
		}
	}
}
