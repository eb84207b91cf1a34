package render_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/tool"
)

func TestRenderIsHelmTemplate(t *testing.T) {
	chart := load(t, microservice)
	for _, environment := range []string{"dev", "stg", "prod"} {
		t.Run(environment, func(t *testing.T) {
			layers := exampleLayers(environment)
			values, err := layers.Merge()
			require.NoError(t, err)
			manifests, err := render.Render(t.Context(), chart, example, values)
			require.NoError(t, err)

			helm3, complaints := helmTemplate(t, tool.Helm3, microservice, example, layers)
			require.Empty(t, complaints)
			require.Equal(t, helm3, manifests.Text)

			helm4, complaints := helmTemplate(t, tool.Helm4, microservice, example, layers)
			require.Empty(t, complaints)
			require.Equal(t, withoutEmptyLines(helm4), withoutEmptyLines(manifests.Text))
		})
	}
}

// awkward is a chart with what the microservice chart does not have: hooks, several documents in a file, comments alone,
// separators without content, a dependency that values turn off, capabilities and lookups.
func awkward(t *testing.T) string {
	return write(t, map[string]string{
		"Chart.yaml": `{apiVersion: v2, name: awkward, version: 1.0.0+build, dependencies: [
			{name: child, version: 1.0.0, condition: child.enabled}]}`,
		"values.yaml": "child: {enabled: true, word: from the parent}\n",
		"templates/hook.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n" +
			"  annotations: {helm.sh/hook: pre-install}\n",
		"templates/comment.yaml": "# nothing but a comment\n---\n# and another\n",
		"templates/two.yaml": "---\n\n---\napiVersion: v1\nkind: Service\nmetadata: {name: two}\n--- \n" +
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n  text: |\n    ---\n    # Source: not one\n",
		"templates/world.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: world}\ndata:\n" +
			"  kubernetes: {{ .Capabilities.KubeVersion }}\n  minor: {{ .Capabilities.KubeVersion.Minor | quote }}\n" +
			"  batch: {{ .Capabilities.APIVersions.Has \"batch/v1\" | quote }}\n" +
			"  revision: {{ .Release.Revision | quote }}\n  install: {{ .Release.IsInstall | quote }}\n" +
			"  lookup: {{ lookup \"v1\" \"Namespace\" \"\" \"kube-system\" | quote }}\n",
		"templates/NOTES.txt":      "{{ .Release.Name }} is in {{ .Release.Namespace }}.\n",
		"charts/child/Chart.yaml":  "{apiVersion: v2, name: child, version: 1.0.0}",
		"charts/child/values.yaml": "word: from the child\n",
		"charts/child/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: child}\n" +
			"data: {word: {{ .Values.word | quote }}}\n",
	})
}

func TestRenderAwkwardCharts(t *testing.T) {
	dir := awkward(t)
	chart := load(t, dir)
	templates := map[string]string{
		"ConfigMap/child": "awkward/charts/child/templates/a.yaml",
		"ConfigMap/hook":  "awkward/templates/hook.yaml",
		"ConfigMap/one":   "awkward/templates/two.yaml",
		"ConfigMap/world": "awkward/templates/world.yaml",
		"Service/two":     "awkward/templates/two.yaml",
	}
	cases := []struct {
		name    string
		release render.Release
		layers  render.Layers
		objects []string
	}{{
		name:    "defaults",
		release: render.Release{Name: "a", Namespace: "default"},
		objects: []string{"ConfigMap/child", "ConfigMap/one", "ConfigMap/world", "Service/two", "ConfigMap/hook"},
	}, {
		name:    "the dependency is off",
		release: render.Release{Name: "a", Namespace: "b"},
		layers:  render.Layers{Set: []string{"child.enabled=false"}},
		objects: []string{"ConfigMap/one", "ConfigMap/world", "Service/two", "ConfigMap/hook"},
	}, {
		name:    "another Kubernetes version",
		release: render.Release{Name: "a", Namespace: "b", KubeVersion: "1.30.4"},
		objects: []string{"ConfigMap/child", "ConfigMap/one", "ConfigMap/world", "Service/two", "ConfigMap/hook"},
	}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			values, err := c.layers.Merge()
			require.NoError(t, err)
			manifests, err := render.Render(t.Context(), chart, c.release, values)
			require.NoError(t, err)

			text, complaints := helmTemplate(t, tool.Helm3, dir, c.release, c.layers)
			require.Empty(t, complaints)
			require.Equal(t, text, manifests.Text)
			require.Equal(t, "a is in "+c.release.Namespace+".\n", manifests.Notes)

			var objects []string
			for _, document := range manifests.Documents {
				objects = append(objects, document.String())
				require.Contains(t, text, document.Text)
				require.Equal(t, templates[document.String()], document.Template)
			}
			require.Equal(t, c.objects, objects)
		})
	}
}

func TestLookupFindsNothing(t *testing.T) {
	manifests, err := render.Render(t.Context(), load(t, awkward(t)), example, nil)
	require.NoError(t, err)
	require.Contains(t, manifests.Text, `lookup: "map[]"`)
}

func TestNamespaceByDefault(t *testing.T) {
	manifests, err := render.Render(t.Context(), load(t, awkward(t)), render.Release{Name: "a"}, nil)
	require.NoError(t, err)
	require.Equal(t, "a is in default.\n", manifests.Notes)
}

func TestRenderInManyGoroutines(t *testing.T) {
	values, err := exampleLayers("dev").Merge()
	require.NoError(t, err)
	cases := []struct {
		name   string
		chart  *render.Chart
		values map[string]any
	}{
		{name: "a chart without dependencies", chart: load(t, microservice), values: values},
		{name: "a chart with dependencies", chart: load(t, awkward(t)), values: map[string]any{"child": map[string]any{"enabled": false}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first, err := render.Render(t.Context(), c.chart, example, c.values)
			require.NoError(t, err)
			texts := make([]string, 20)
			group, ctx := errgroup.WithContext(t.Context())
			for i := range texts {
				group.Go(func() error {
					manifests, err := render.Render(ctx, c.chart, example, c.values)
					texts[i] = manifests.Text
					return err
				})
			}
			require.NoError(t, group.Wait())
			for _, text := range texts {
				require.Equal(t, first.Text, text)
			}
		})
	}
}

func TestRenderStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := render.Render(ctx, load(t, microservice), example, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkRender(b *testing.B) {
	chart := load(b, microservice)
	values, err := exampleLayers("dev").Merge()
	require.NoError(b, err)
	for b.Loop() {
		_, err := render.Render(b.Context(), chart, example, values)
		require.NoError(b, err)
	}
}
