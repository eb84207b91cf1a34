package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// chartOf writes a chart of these two files.
func chartOf(t *testing.T, values, schema string) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, valuesYAML), []byte(values), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, schemaYAML), []byte(schema), 0o644))
	return dir
}

func TestSchemaIsMadeOfTypesAndComments(t *testing.T) {
	dir := chartOf(t, `
# -- Number of pods,
# at least one.
# @default -- two
replicas: 2
pod:
  # -- Names.
  names: {a: 1}
  # -- Hook.
  hook: {seconds: 1}
`, `
properties:
  replicas: {type: integer}
  enabled: {type: [boolean, "null"], description: Helm's.}
  pod:
    type: object
    properties:
      names: {type: [object, "null"], propertyNames: {$ref: "#/$defs/name"}, additionalProperties: {type: [integer, "null"]}}
      hook: {$ref: "#/$defs/io.k8s.api.core.v1.SleepAction"}
$defs:
  name: {pattern: "^[a-z]*$", maxLength: 9}
  io.k8s.api.core.v1.SleepAction: {properties: {seconds: {maximum: 60}}}
`)
	made, err := valuesSchema(t.Context(), dir)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"required": ["pod", "replicas"],
		"properties": {
			"replicas": {"type": "integer", "description": "Number of pods, at least one."},
			"enabled": {"type": ["boolean", "null"], "description": "Helm's."},
			"pod": {
				"type": "object",
				"properties": {
					"names": {
						"type": ["object", "null"], "description": "Names.",
						"patternProperties": {"^[a-z]*$": {"type": ["integer", "null"]}, "^(.{10,})?$": false},
						"additionalProperties": false
					},
					"hook": {"type": ["object", "null"], "description": "Hook.", "$ref": "#/$defs/io.k8s.api.core.v1.SleepAction"}
				},
				"additionalProperties": false
			}
		},
		"additionalProperties": false,
		"$defs": {
			"io.k8s.api.core.v1.SleepAction": {
				"required": ["seconds"],
				"properties": {"seconds": {"type": "integer", "description": "Seconds is the number of seconds to sleep", "maximum": 60}},
				"additionalProperties": false
			}
		}
	}`, string(made))

	again, err := valuesSchema(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, string(made), string(again))
}

func TestWhatDoesNotFitIsAnError(t *testing.T) {
	const described = "# -- Text.\na: text"
	for name, test := range map[string]struct{ values, schema, message string }{
		"value without description": {"a: text", "properties: {a: {type: string}}", "a: has no description; write `# -- …` above it in values.yaml"},
		"value with two":            {described, "properties: {a: {type: string, description: Text.}}", "a: has a description in schema.yaml; write it in values.yaml"},
		"value without type":        {described + "\nb: text", "properties: {a: {type: string}}", "additional properties 'b' not allowed"},
		"type without value":        {described, "properties: {a: {type: string}, b: {type: string}}", "b: is in schema.yaml but not in values.yaml"},
		"type without value, below": {"a: {b: text}", "properties: {a: {type: object, properties: {c: {type: string}}}}", "a.c: is in schema.yaml but not in values.yaml"},
		"deprecated with value":     {described, "properties: {a: {type: string, deprecated: true}}", "a: is deprecated in schema.yaml; remove it from values.yaml"},
		"deprecated without words":  {described, "properties: {a: {type: string}, b: {type: string, deprecated: true}}", "b: is in schema.yaml but not in values.yaml"},
		"enabled without words":     {described, `properties: {a: {type: string}, enabled: {type: [boolean, "null"]}}`, "enabled: is in schema.yaml but not in values.yaml"},
		"default of another type":   {described, "properties: {a: {type: integer}}", "schema.yaml does not admit the defaults in values.yaml:\n- at '/a': got string, want integer"},
		"values that are no map":    {"[a]", "properties: {a: {type: string}}", valuesYAML},

		"misspelt keyword":            {described, "properties: {a: {type: string, maxLenght: 3}}", `unknown field "maxLenght"`},
		"keyword twice":               {described, "properties: {a: {type: string, type: string}}", `key "type" already set`},
		"no type":                     {described, "properties: {a: {pattern: a}}", "something in it has no type"},
		"open object":                 {"# -- Map.\na: {}", "properties: {a: {type: object}}", "/a: has neither properties nor additionalProperties"},
		"object that is a map":        {"a:\n  # -- Text.\n  b: text", "properties: {a: {type: object, additionalProperties: {type: string}, properties: {b: {type: string}}}}", "/a: has properties and additionalProperties"},
		"map without pattern":         {"# -- Map.\na: {}", "properties: {a: {type: object, propertyNames: {maxLength: 3}, additionalProperties: {type: string}}}", "/a: a map needs a pattern in propertyNames"},
		"pattern that is none":        {"# -- Map.\na: {}", "properties: {a: {type: object, propertyNames: {pattern: (}, additionalProperties: {type: string}}}", "/a: error parsing regexp"},
		"required spelled out":        {described, "{properties: {a: {type: string}}, required: [a]}", "says what is required"},
		"missing definition":          {described, `properties: {a: {type: string, $ref: "#/$defs/b"}}`, "$ref #/$defs/b: there is no such definition"},
		"missing names":               {"# -- Map.\na: {}", `properties: {a: {type: object, propertyNames: {$ref: "#/$defs/b"}, additionalProperties: {type: string}}}`, "$ref #/$defs/b: there is no such definition"},
		"unused definition":           {described, "{properties: {a: {type: string}}, $defs: {b: {pattern: b}}}", "nothing refers to $defs.b"},
		"unknown type of Kubernetes":  {"# -- Probe.\na: {}", `properties: {a: {$ref: "#/$defs/io.k8s.api.core.v1.Prob"}}`, "io.k8s.api.core.v1.Prob is no type with fields"},
		"unknown field of Kubernetes": {"# -- Probe.\na: {}", `{properties: {a: {$ref: "#/$defs/io.k8s.api.core.v1.Probe"}}, $defs: {io.k8s.api.core.v1.Probe: {properties: {period: {minimum: 1}}}}}`, `io.k8s.api.core.v1.Probe: there is no field "period" in Kubernetes`},
		"unused type of Kubernetes":   {described, "{properties: {a: {type: string}}, $defs: {io.k8s.api.core.v1.Probe: {properties: {exec: false}}}}", "$defs.io.k8s.api.core.v1.Probe: nothing refers to this type of Kubernetes"},
		"open type of Kubernetes":     {"# -- Metadata.\na: {}", `properties: {a: {$ref: "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}}`, "io.k8s.apimachinery.pkg.apis.meta.v1.Time is neither a type with fields"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := valuesSchema(t.Context(), chartOf(t, test.values, test.schema))
			require.Error(t, err)
			require.Contains(t, err.Error(), test.message)
		})
	}
}

func TestMissingFilesAreAnError(t *testing.T) {
	_, err := valuesSchema(t.Context(), t.TempDir())
	require.ErrorContains(t, err, schemaYAML)
	_, err = readme(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "helm-docs: no complete README")
}

func TestMistakeInReadmeTemplateIsAnError(t *testing.T) {
	dir := chartOf(t, "# -- Text.\na: text", "")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Chart.yaml"), []byte("apiVersion: v2\nname: example\nversion: 1.0.0\n"), 0o644))
	template := filepath.Join(dir, "README.md.gotmpl")
	require.NoError(t, os.WriteFile(template, []byte(`{{ range .Values }}{{ .Key }}: {{ .AutoDescription }}{{ end }}`), 0o644))
	page, err := readme(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, "a: Text.", strings.TrimSpace(string(page)))

	require.NoError(t, os.WriteFile(template, []byte(`{{ .Name }} {{ .NoSuchField }}`), 0o644))
	_, err = readme(t.Context(), dir)
	require.ErrorContains(t, err, "NoSuchField")
}
