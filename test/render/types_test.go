package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestTypesAt(t *testing.T) {
	chart, err := render.LoadFiles(map[string]string{
		"Chart.yaml":                    "{apiVersion: v2, name: a, version: 1.0.0, dependencies: [{name: sub, version: 1.0.0}]}",
		"charts/sub/Chart.yaml":         "{apiVersion: v2, name: sub, version: 1.0.0}",
		"charts/sub/values.schema.json": `{"properties": {"on": {"type": "boolean"}}}`,
		"values.schema.json": `{
  "$defs": {"mode": {"type": ["integer", "null"]}},
  "properties": {
    "a": {"type": "boolean"},
    "map": {"additionalProperties": {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"mode": {"$ref": "#/$defs/mode"}}}]}},
    "pattern": {"patternProperties": {"^x-": {"type": "number"}}},
    "list": {"items": {"type": "string"}},
    "all": {"allOf": [{}, {"type": "string"}]},
    "half": {"oneOf": [{"type": "string"}, {}]},
    "enum": {"enum": ["a", 1, null]},
    "tree": {"properties": {"next": {"$ref": "#/properties/tree"}, "on": {"type": "boolean"}}},
    "sub": {}
  }
}`,
	})
	require.NoError(t, err)
	for path, want := range map[string]string{
		"a": "boolean", "map.x": "object string", "map.x.mode": "integer null", "pattern.x-a": "number", "list.0": "string",
		"all": "string", "enum": "null number string", "sub.on": "boolean", "tree.next.next.on": "boolean",
		"none": "", "a.b": "", "pattern.y": "", "half": "", "tree": "", "tree.next.next": "", "sub": "", "sub.off": "",
	} {
		require.Equal(t, want, strings.Join(chart.TypesAt(strings.Split(path, ".")), " "), path)
	}
	without, err := render.LoadFiles(map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0}"})
	require.NoError(t, err)
	require.Empty(t, without.TypesAt([]string{"a"}))
}
