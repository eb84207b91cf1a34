package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/tool"
)

// Each case is judged by the helm binary: a chart that prints its values must print the same.
func TestLayersAreHelms(t *testing.T) {
	chart := write(t, map[string]string{
		"Chart.yaml":  "{apiVersion: v2, name: values, version: 0.1.0}",
		"values.yaml": "env: {FROM: chart, GONE: chart}\nlist: [chart]\nprobe: {httpGet: {path: /}}\ntext: chart\n",
		"templates/values.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values}\ndata:\n" +
			"  values: |\n    {{- toYaml .Values | nindent 4 }}\n  tag: {{ printf \"%v %s\" .Values.tag (kindOf .Values.tag) | quote }}\n",
	})
	cases := []struct {
		name   string
		files  []string
		layers render.Layers
		holds  string
	}{
		{name: "maps merge and lists replace", files: []string{"env: {A: 1}\nlist: [a, b]", "env: {B: 2}\nlist: [c]"}, holds: "A: 1\n      B: 2\n      FROM: chart"},
		{name: "the later file wins", files: []string{"text: first", "text: second"}, holds: "text: second"},
		{name: "null removes what the chart has", files: []string{"env: {GONE: null}\nprobe: null"}, holds: "env:\n      FROM: chart\n    list"},
		{name: "null over an earlier file stays", files: []string{"env: {A: 1}", "env: {A: null}"}, holds: "A: null"},
		{name: "set wins over files", files: []string{"text: file"}, layers: render.Layers{Set: []string{"text=set", "list={x,y}"}}, holds: "text: set"},
		{name: "set null over a file", files: []string{"env: {A: 1}"}, layers: render.Layers{Set: []string{"env.A=null"}}, holds: "A: null"},
		{name: "a number from a file is a float", files: []string{"tag: 20250811"}, holds: "float64"},
		{name: "a number from set is an int", layers: render.Layers{Set: []string{"tag=20250811"}}, holds: `"20250811 int64"`},
		{name: "set-string is text and wins over set", layers: render.Layers{Set: []string{"tag=1"}, SetString: []string{"tag=2"}}, holds: `"2 string"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, text := range c.files {
				c.layers.Files = append(c.layers.Files, write(t, map[string]string{"values.yaml": text})+"/values.yaml")
			}
			values, err := c.layers.Merge()
			require.NoError(t, err)
			manifests, err := render.Render(t.Context(), load(t, chart), example, values)
			require.NoError(t, err)

			text, complaints := helmTemplate(t, tool.Helm3, chart, example, c.layers)
			require.Empty(t, complaints)
			require.Equal(t, text, manifests.Text)
			require.Contains(t, text, c.holds)
		})
	}
}

func TestLayersErrors(t *testing.T) {
	broken := write(t, map[string]string{"values.yaml": "env: {A: 1\n"}) + "/values.yaml"
	cases := []struct {
		name   string
		layers render.Layers
		says   string
	}{
		{name: "no such file", layers: render.Layers{Files: []string{"values-qa.yaml"}}, says: "values-qa.yaml: no such file"},
		{name: "no YAML", layers: render.Layers{Files: []string{broken}}, says: "failed to parse " + broken},
		{name: "no pair", layers: render.Layers{Set: []string{"image.tag"}}, says: `key "tag" has no value`},
		{name: "no URL is fetched", layers: render.Layers{Files: []string{"https://example.com/values.yaml"}}, says: "no such file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.layers.Merge()
			require.ErrorContains(t, err, c.says)
		})
	}
}
