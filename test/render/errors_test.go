package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/tool"
)

func TestLoadErrors(t *testing.T) {
	cases := []struct {
		name  string
		files map[string]string
		says  string
	}{
		{name: "no chart", files: map[string]string{"README.md": ""}, says: "Chart.yaml file is missing"},
		{name: "a library", files: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 0.1.0, type: library}"}, says: "library charts are not installable"},
		{name: "a missing dependency", files: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 0.1.0, dependencies: [{name: b, version: 1.0.0, repository: https://example.com}]}"}, says: "missing in charts/ directory: b; run `helm dependency build"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := write(t, c.files)
			_, err := render.Load(dir)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "chart "+dir)
		})
	}
	_, err := render.Load("no/such/chart")
	require.ErrorContains(t, err, "chart no/such/chart: ")
}

// An error is what helm says, behind the release's name and without the advice to use a flag of another program.
func TestRenderErrorsAreHelms(t *testing.T) {
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	cases := []struct {
		name    string
		chart   string
		release render.Release
		says    string
	}{
		{name: "a template fails", chart: chartOf(t, map[string]string{"a.yaml": `{{ fail "image.tag: is empty" }}`}), release: example, says: "image.tag: is empty"},
		{name: "a template breaks", chart: chartOf(t, map[string]string{"a.yaml": "{{ .Values.image.tag }}"}), release: example, says: "nil pointer evaluating interface {}.tag"},
		{name: "a template makes no YAML", chart: chartOf(t, map[string]string{"a.yaml": object + "data: {"}), release: example, says: "YAML parse error on chart/templates/a.yaml"},
		{name: "several mistakes against the schema", chart: write(t, map[string]string{
			"Chart.yaml":         "{apiVersion: v2, name: chart, version: 0.1.0}",
			"values.yaml":        "{replcas: 1, image: 2}",
			"values.schema.json": `{"properties": {"image": {"type": "object"}}, "additionalProperties": false}`,
		}), release: example, says: "- at '/image': got number, want object"},
		{name: "an old Kubernetes", chart: microservice, release: render.Release{Name: "a", Namespace: "b", KubeVersion: "1.29"}, says: "chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29"},
		{name: "a release name that is too long", chart: microservice, release: render.Release{Name: strings.Repeat("a", 54), Namespace: "b"}, says: "the length must not be longer than 53"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := render.Render(t.Context(), load(t, c.chart), c.release, nil)
			require.ErrorContains(t, err, c.says)

			_, complaints := helmTemplate(t, tool.Helm3, c.chart, c.release, render.Layers{})
			complaints = strings.TrimSpace(strings.Replace(complaints, "Use --debug flag to render out invalid YAML", "", 1))
			require.Equal(t, strings.TrimPrefix(complaints, "Error: "), strings.TrimSpace(strings.TrimPrefix(err.Error(), "release "+c.release.Name+": ")))
		})
	}
}

func TestRenderErrors(t *testing.T) {
	chart := load(t, microservice)
	_, err := render.Render(t.Context(), chart, render.Release{Name: "a", KubeVersion: "newest"}, nil)
	require.EqualError(t, err, `release a: invalid Kubernetes version "newest": could not parse "newest" as version`)

	chart = load(t, chartOf(t, map[string]string{"words.yaml": "just: words"}))
	_, err = render.Render(t.Context(), chart, example, nil)
	require.ErrorContains(t, err, "release example-microservice: chart/templates/words.yaml: Object 'Kind' is missing")
}
