package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const microservice = "../../charts/microservice"

// walker visits every value that a values.schema.json has a type for, in values that are right.
type walker struct {
	t        *testing.T
	root     *schema
	defaults map[string]any
	resolved map[*schema]*schema // what resolve has returned
}

// newWalker reads the schema of the chart, and its defaults.
func newWalker(t *testing.T) walker {
	w := walker{t: t, root: &schema{}, resolved: map[*schema]*schema{}}
	written, err := os.ReadFile(microservice + "/values.schema.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(written, w.root))
	values, err := os.ReadFile(microservice + "/values.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(values, &w.defaults))
	return w
}

// place is a value that the schema has a type for.
type place struct {
	path       []string // keys, and "0" in a list
	schema     *schema  // resolved
	kubernetes bool     // inside a type of Kubernetes
}

// String is the path as it stands in Helm's errors.
func (p place) String() string {
	var out strings.Builder
	for _, key := range p.path {
		out.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return out.String()
}

// places returns all values that the schema has a type for. Of a map there is one entry, of a list one item.
func (w walker) places() []place { return w.below(w.root, place{}) }

func (w walker) below(s *schema, at place) []place {
	at.schema = w.resolve(s)
	places := []place{at}
	children := w.children(at.schema)
	for _, name := range slices.Sorted(maps.Keys(children)) {
		child := place{path: append(at.path[:len(at.path):len(at.path)], name), kubernetes: at.kubernetes || isKubernetes(s.definition())}
		places = append(places, w.below(children[name], child)...)
	}
	return places
}

// resolve returns a schema together with what its $ref says.
func (w walker) resolve(s *schema) *schema {
	if s.Ref == "" {
		return s
	}
	if known := w.resolved[s]; known != nil {
		return known
	}
	definition, ok := w.root.Defs[s.definition()]
	require.True(w.t, ok, s.Ref)
	resolved := &schema{}
	require.NoError(w.t, resolved.refine(definition))
	require.NoError(w.t, resolved.refine(s))
	w.resolved[s] = resolved
	return resolved
}

// children returns the schemas of what a value holds, by key.
func (w walker) children(s *schema) map[string]*schema {
	children := map[string]*schema{}
	maps.Copy(children, s.Properties)
	for pattern, entry := range s.PatternProperties {
		if !entry.never {
			children[w.example(pattern)] = entry
		}
	}
	if entry := s.AdditionalProperties; entry != nil && !entry.never && !entry.any {
		children["example"] = entry
	}
	if s.Items != nil {
		children["0"] = s.Items
	}
	return children
}

// example returns a text that a pattern admits.
func (w walker) example(pattern string) string {
	for _, example := range []string{"example", "/example", "10.0.0.1", "1Gi", "25%", "Memory", "cpu", "storage", "1s", "@daily", ""} {
		if regexp.MustCompile(pattern).MatchString(example) {
			return example
		}
	}
	w.t.Fatalf("no example matches %s; add one", pattern)
	return ""
}

// sample returns a right value of one of the types that a schema admits.
func (w walker) sample(s *schema, jsonType string) any {
	s = w.resolve(s)
	switch jsonType {
	case "object":
		object := map[string]any{}
		for _, name := range s.Required {
			object[name] = w.sample(s.Properties[name], w.resolve(s.Properties[name]).Type[0])
		}
		return object
	case "array":
		return []any{}
	case "string":
		if s.Enum != nil {
			return s.Enum[0]
		}
		return w.example(s.Pattern)
	case "integer", "number":
		if s.Minimum != nil {
			return float64(*s.Minimum)
		}
		return 1.0
	case "boolean":
		return true
	case null:
		return nil
	}
	w.t.Fatalf("no sample of type %s", jsonType)
	return nil
}

// with returns the chart's defaults, in which change has been applied to the value at a place. Values above it are added
// where they are missing.
func (w walker) with(at place, change func(any) any) map[string]any {
	return w.change(w.root, w.defaults, at.path, change).(map[string]any)
}

func (w walker) change(s *schema, value any, path []string, change func(any) any) any {
	if len(path) == 0 {
		return change(value)
	}
	s = w.resolve(s)
	child := w.children(s)[path[0]]
	if s.Items != nil {
		return []any{w.change(child, w.sample(child, w.resolve(child).Type[0]), path[1:], change)}
	}
	object, ok := value.(map[string]any)
	if !ok {
		object = w.sample(s, "object").(map[string]any)
	}
	object = maps.Clone(object)
	object[path[0]] = w.change(child, object[path[0]], path[1:], change)
	return object
}

// compile returns the check of values against the walker's schema, as it is now. It is the library that Helm validates
// with; Helm compiles the schema anew for each check, which is too slow for thousands.
func (w walker) compile() func(map[string]any) error {
	written, err := marshal(w.root)
	require.NoError(w.t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(written))
	require.NoError(w.t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(w.t, compiler.AddResource("file:///values.schema.json", document))
	compiled, err := compiler.Compile("file:///values.schema.json")
	require.NoError(w.t, err)
	return func(values map[string]any) error { return compiled.Validate(values) }
}

// put returns a copy of values in which another stands at path.
func put(values any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	object, _ := values.(map[string]any)
	object = maps.Clone(object)
	if object == nil {
		object = map[string]any{}
	}
	object[path[0]] = put(object[path[0]], path[1:], value)
	return object
}
