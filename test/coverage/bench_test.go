package coverage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/render"
)

// What probes cost: the observed render is a plain one and one with probes.
func BenchmarkRender(b *testing.B) {
	loaded, err := render.Load("../../charts/microservice")
	require.NoError(b, err)
	chart, err := coverage.New(loaded)
	require.NoError(b, err)
	given, err := render.Layers{
		Files: []string{"../../ci/platform/values.yaml", "../../ci/platform/values-prod.yaml",
			"../example-microservice/deploy/values.yaml", "../example-microservice/deploy/values-prod.yaml"},
		Set: []string{"image.tag=prod-1"},
	}.Merge()
	require.NoError(b, err)
	release, capabilities := render.Release{Name: "example-microservice"}, render.Capabilities{KubeVersion: render.DefaultKubeVersion}
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			_, err := render.RenderFor(b.Context(), loaded, release, given, capabilities)
			require.NoError(b, err)
		}
	})
	b.Run("observed", func(b *testing.B) {
		profile := chart.NewProfile()
		for b.Loop() {
			_, err := chart.Render(b.Context(), profile, "one", release, given, capabilities)
			require.NoError(b, err)
		}
	})
}
