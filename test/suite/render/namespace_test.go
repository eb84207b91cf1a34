package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

// What becomes of the Namespace in a cluster, where the chart can look, is for the suites with clusters: rendered without
// one it is a plain object.
func TestNamespace(t *testing.T) {
	cases := []struct {
		name   string
		values string
		made   string // "": none
		used   string
	}{
		{name: "by default", values: "", used: namespace},
		{name: "made", values: "namespace: {create: true}", made: namespace, used: namespace},
		{name: "elsewhere", values: "namespace: {name: other}", used: "other"},
		{name: "made elsewhere", values: "namespace: {create: true, name: other}", made: "other", used: "other"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, yaml(everything, "namespace: {create: false}", c.values))
			for _, document := range manifests.Documents {
				if document.Object.GetKind() != "Namespace" {
					require.Equal(t, c.used, document.Object.GetNamespace(), document)
				}
			}
			if c.made == "" {
				none[*corev1.Namespace](t, manifests)
				return
			}
			made, err := render.Get[*corev1.Namespace](manifests, c.made)
			require.NoError(t, err)
			require.Empty(t, made.Namespace)
			require.Equal(t, map[string]string{"helm.sh/resource-policy": "keep"}, made.Annotations)
		})
	}
}
