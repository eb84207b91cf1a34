package render

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// SchemaProblem is one thing in the values that a chart's schema refuses.
type SchemaProblem struct {
	Path    []string // where in the values: keys, and indices of lists
	Message string   // in the words of the library that Helm uses
	Unknown bool     // the last of Path is a key that the schema does not know
	Known   []string // the keys that it knows there, sorted; only where Unknown
	Got     string   // type of what is there, where that is the problem
	Want    []string // types that may be there
	Value   any      // what is there
}

// schemas compiles each schema of a chart and its dependencies once. Helm compiles them anew for each render, which takes
// longer than all the rest of it.
type schemas struct{ compiled sync.Map } // text of a schema to *schema

type schema struct {
	once     sync.Once
	document any // as JSON
	compiled *jsonschema.Schema
	err      error
}

const schemaLocation = "file:///values.schema.json"

func (s *schemas) get(text []byte) *schema {
	stored, _ := s.compiled.LoadOrStore(string(text), &schema{})
	found := stored.(*schema)
	found.once.Do(func() { found.err = found.compile(text) })
	return found
}

// compile fails on a schema that refers to another one: nothing is fetched.
func (s *schema) compile(text []byte) error {
	var err error
	if s.document, err = jsonschema.UnmarshalJSON(bytes.NewReader(text)); err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	if err := compiler.AddResource(schemaLocation, s.document); err != nil {
		return err
	}
	s.compiled, err = compiler.Compile(schemaLocation)
	return err
}

// schemaError is Helm's error for values that a schema refuses, in Helm's words.
func (p *Prepared) schemaError() error {
	values, err := p.Values()
	if err != nil {
		return err
	}
	if problems, err := p.schemas.problems(p.chart, values, nil); err == nil && len(problems) == 0 {
		return nil
	}
	if err := chartutil.ValidateAgainstSchema(p.chart, values); err != nil {
		return fmt.Errorf("values don't meet the specifications of the schema(s) in the following chart(s):\n%s", err.Error())
	}
	return nil
}

// SchemaProblems returns all that the schemas of the chart and its dependencies refuse, in the order of the schema
// library. It fails if a schema cannot be used, such as one that refers to a file or a URL.
func (p *Prepared) SchemaProblems() ([]SchemaProblem, error) {
	values, err := p.Values()
	if err != nil {
		return nil, err
	}
	problems, err := p.schemas.problems(p.chart, values, nil)
	for i := range problems {
		problems[i].Value = valueAt(values, problems[i].Path)
	}
	return problems, err
}

// valueAt returns what is at a path of values, or nil.
func valueAt(at any, path []string) any {
	for _, key := range path {
		switch container := at.(type) {
		case chartutil.Values:
			at = container[key]
		case map[string]any:
			at = container[key]
		case []any:
			index, err := strconv.Atoi(key)
			if err != nil || index < 0 || index >= len(container) {
				return nil
			}
			at = container[index]
		default:
			return nil
		}
	}
	return at
}

// problems goes the way of chartutil.ValidateAgainstSchema.
func (s *schemas) problems(c *chart.Chart, values map[string]any, above []string) ([]SchemaProblem, error) {
	var problems []SchemaProblem
	if c.Schema != nil {
		schema := s.get(c.Schema)
		if schema.err != nil {
			return nil, fmt.Errorf("values.schema.json of chart %s: %w", c.Name(), schema.err)
		}
		// Tables of subcharts are of Helm's own type, which the library does not know.
		err := schema.compiled.Validate(plain(values))
		var invalid *jsonschema.ValidationError
		if errors.As(err, &invalid) {
			problems = schema.explain(invalid, above)
		} else if err != nil {
			return nil, fmt.Errorf("values.schema.json of chart %s: %w", c.Name(), err)
		}
	}
	for _, dependency := range c.Dependencies() {
		path := append(slices.Clone(above), dependency.Name())
		switch part := values[dependency.Name()].(type) {
		case nil:
		case map[string]any:
			more, err := s.problems(dependency, part, path)
			if err != nil {
				return nil, err
			}
			problems = append(problems, more...)
		default:
			problems = append(problems, SchemaProblem{Path: path, Message: fmt.Sprintf("got %T, want a map: these are the values of a dependency", part)})
		}
	}
	return problems, nil
}

func plain(values map[string]any) map[string]any { return chartutil.Values(values).AsMap() }

// message is what the library says of one error, without those below it and without its place: "at '/image/tag': …".
func message(e *jsonschema.ValidationError) string {
	alone := *e
	alone.Causes = nil
	words := alone.Error()
	if _, after, ok := strings.Cut(words, "': "); ok {
		return after
	}
	return words
}

// explain returns the innermost reasons. Of alternatives (anyOf, oneOf), it gives those of the one that fits best.
func (s *schema) explain(e *jsonschema.ValidationError, above []string) []SchemaProblem {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if best := s.bestAlternative(e, above); best != nil {
			return best
		}
	default:
		if len(e.Causes) > 0 {
			var problems []SchemaProblem
			for _, cause := range e.Causes {
				problems = append(problems, s.explain(cause, above)...)
			}
			return problems
		}
	}
	path := slices.Concat(above, e.InstanceLocation)
	if unknown, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		known, patterns := s.keysAt(e.SchemaURL)
		var problems []SchemaProblem
		for _, key := range unknown.Properties {
			if len(known) == 0 && len(patterns) > 0 {
				problems = append(problems, SchemaProblem{
					Path: append(slices.Clone(path), key), Message: fmt.Sprintf("a key here must match %s", strings.Join(patterns, " or ")),
				})
				continue
			}
			problems = append(problems, SchemaProblem{
				Path: append(slices.Clone(path), key), Message: "there is no such key", Unknown: true, Known: known,
			})
		}
		return problems
	}
	problem := SchemaProblem{Path: path, Message: message(e)}
	if of, ok := e.ErrorKind.(*kind.Type); ok {
		problem.Got, problem.Want = of.Got, of.Want
	}
	return []SchemaProblem{problem}
}

// bestAlternative returns the problems of the alternative that fails deepest in the values, or what all of them want if
// each fails at once.
func (s *schema) bestAlternative(e *jsonschema.ValidationError, above []string) []SchemaProblem {
	var best []SchemaProblem
	here := len(above) + len(e.InstanceLocation)
	deepest := here
	joined := SchemaProblem{Path: slices.Concat(above, e.InstanceLocation)}
	var wants []string
	ofTypes := true
	for _, cause := range e.Causes {
		problems := s.explain(cause, above)
		for _, p := range problems {
			if len(p.Path) > deepest {
				deepest, best = len(p.Path), problems
			}
		}
		for _, p := range problems {
			if !slices.Contains(wants, p.Message) {
				wants = append(wants, p.Message)
			}
			ofTypes = ofTypes && p.Got != ""
			joined.Got = p.Got
			joined.Want = append(joined.Want, p.Want...)
		}
	}
	if best != nil || len(wants) == 0 {
		return best
	}
	joined.Message = strings.Join(wants, ", or ")
	if !ofTypes {
		joined.Got, joined.Want = "", nil
	}
	return []SchemaProblem{joined}
}

// keysAt returns the keys that the schema at a URL of this document knows, and the patterns of those it admits besides.
func (s *schema) keysAt(location string) (keys, patterns []string) {
	_, pointer, _ := strings.Cut(location, "#")
	object, _ := s.pointed(pointer).(map[string]any)
	properties, _ := object["properties"].(map[string]any)
	byPattern, _ := object["patternProperties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(byPattern))
}

// pointed returns the part of the document at a JSON pointer as a URL has it, or nil.
func (s *schema) pointed(pointer string) any {
	pointer, err := url.PathUnescape(pointer)
	if err != nil {
		return nil
	}
	at := s.document
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch container := at.(type) {
		case map[string]any:
			if token != "" {
				at = container[token]
			}
		case []any:
			index, err := strconv.Atoi(token)
			if err != nil || index < 0 || index >= len(container) {
				return nil
			}
			at = container[index]
		}
	}
	return at
}
