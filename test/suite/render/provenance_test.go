package render_test

import (
	"maps"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
)

// A link to the pipeline says who deployed what, and must not restart what did not change.
func TestProvenanceChangesTheDeploymentsAnnotationsAlone(t *testing.T) {
	before := rendered(t, yaml(everything, "annotations: {example.com/a: b}"))
	after := rendered(t, yaml(everything, "annotations: {example.com/a: b}", `
provenance:
  pipeline: https://gitlab.example.com/the-project/example-microservice/-/pipelines/4711
  commit: 20250811
  job: https://gitlab.example.com/the-project/example-microservice/-/jobs/1
  mergeRequest: https://gitlab.example.com/the-project/example-microservice/-/merge_requests/7
`))
	require.Equal(t, objects(before), objects(after))
	for i, document := range after.Documents {
		if document.Object.GetKind() == "Deployment" {
			require.Equal(t, map[string]string{
				"example.com/a":           "b",
				"gitlab-ci/pipeline":      "https://gitlab.example.com/the-project/example-microservice/-/pipelines/4711",
				"gitlab-ci/commit":        "20250811",
				"gitlab-ci/job":           "https://gitlab.example.com/the-project/example-microservice/-/jobs/1",
				"gitlab-ci/merge-request": "https://gitlab.example.com/the-project/example-microservice/-/merge_requests/7",
			}, document.Object.GetAnnotations())
			document.Object.SetAnnotations(map[string]string{"example.com/a": "b"})
		}
		require.Equal(t, before.Documents[i].Object.Object, document.Object.Object)
	}
}

// A new version of the chart restarts no service.
func TestAChartsVersionChangesNoPod(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(chartDir)))
	metadata, err := os.ReadFile(dir + "/Chart.yaml")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^version: .*$`)
	require.Regexp(t, version, string(metadata))
	require.NoError(t, os.WriteFile(dir+"/Chart.yaml", version.ReplaceAll(metadata, []byte("version: 99.0.0")), 0o600))
	newer, err := render.Load(dir)
	require.NoError(t, err)

	file := dir + "/given.yaml"
	require.NoError(t, os.WriteFile(file, []byte(everything), 0o600))
	values, err := render.Layers{Files: []string{file}, Set: []string{"environment=dev", "image.tag=dev-1", "image.repository=registry.example.com/a"}}.Merge()
	require.NoError(t, err)
	before, err := render.Render(t.Context(), chart, release, values)
	require.NoError(t, err)
	after, err := render.Render(t.Context(), newer, release, values)
	require.NoError(t, err)

	all := pods(t, after)
	require.Len(t, all, 4)
	require.Equal(t, pods(t, before), all)
	for i, document := range after.Documents {
		labels := document.Object.GetLabels()
		if _, labelled := labels["helm.sh/chart"]; labelled {
			require.Equal(t, "microservice-99.0.0", labels["helm.sh/chart"])
			labels = maps.Clone(before.Documents[i].Object.GetLabels())
			document.Object.SetLabels(labels)
		}
		require.Equal(t, before.Documents[i].Object.Object, document.Object.Object)
	}
}
