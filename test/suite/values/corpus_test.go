package values

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/suite/corpus"
)

// What comes of the values of public services (suite/corpus), the API server takes, and not only the rules that say so
// without one.
func TestPublicServicesAreTaken(t *testing.T) {
	t.Parallel()
	chart, err := render.Load(chartDir)
	require.NoError(t, err)
	services, err := corpus.Services("../corpus/testdata")
	require.NoError(t, err)
	for _, s := range services {
		t.Run(s.Project+"/"+s.Name, func(t *testing.T) {
			t.Parallel()
			values, err := render.Layers{Files: []string{s.Shared, s.Own}}.Merge()
			require.NoError(t, err)
			manifests, err := render.Render(t.Context(), chart, render.Release{Name: s.Name, Namespace: unrestricted}, values)
			require.NoError(t, err)
			require.NotEmpty(t, manifests.Documents)
			for _, document := range manifests.Documents {
				require.NoError(t, refusal(t.Context(), document), document)
			}
			// So that the server can refuse it: a field that no Deployment has.
			for _, document := range manifests.Documents {
				if document.Object.GetKind() == "Deployment" {
					document.Object = document.Object.DeepCopy()
					document.Object.Object["spec"].(map[string]any)["noSuchField"] = true
					require.ErrorContains(t, refusal(t.Context(), document), "noSuchField")
				}
			}
		})
	}
}
