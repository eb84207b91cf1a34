package values

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// key is a place in the values that values.schema.json has a type for: jobs.*.image.tag is that of every job.
type key struct {
	path string
	// definition is the name in $defs that gives the type; empty if the type stands in place.
	definition string
	// passed says that the place is inside a type of Kubernetes or of its Gateway API, which the chart passes through.
	passed bool

	parent   *key
	types    []string // JSON types that are admitted, without null
	null     bool     // null is admitted
	required bool     // in its parent

	enum       []any
	min, max   *float64
	minLength  int
	maxLength  int // 0 is none
	pattern    *syntax.Regexp
	properties map[string]*key
	names      *syntax.Regexp // of a map's entries; nil if any name is right
	maxName    int
	entry      *key // of a map
	item       *key // of a list
	open       bool // admits any other key
}

// readTree returns the keys of a chart's schema as a tree, whose root is all values.
func readTree(file string) (*key, error) {
	compiled, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		return nil, err
	}
	return newKey(compiled, nil, "")
}

// newKey reads a schema, and the schemas of what it holds.
func newKey(s *jsonschema.Schema, parent *key, name string) (*key, error) {
	k := &key{path: name, parent: parent, properties: map[string]*key{}}
	if parent != nil {
		k.path = strings.TrimPrefix(parent.path+"."+name, ".")
		k.passed = parent.passed || passedThrough(parent.definition)
	}
	for at := s; at != nil; at = at.Ref {
		if err := k.read(at); err != nil {
			return nil, fmt.Errorf("%s: %w", k.path, err)
		}
	}
	return k, nil
}

func passedThrough(definition string) bool {
	return strings.HasPrefix(definition, "io.k8s.") || definition == "httpRouteFilter" || definition == "headerModifier"
}

// read adds what one schema says about the key; another that it refers to says more.
func (k *key) read(s *jsonschema.Schema) error {
	if _, definition, ok := strings.Cut(s.Location, "/$defs/"); ok && !strings.Contains(definition, "/") {
		k.definition = definition
	}
	if s.Types != nil && k.types == nil {
		k.types = slices.DeleteFunc(s.Types.ToStrings(), func(t string) bool { return t == "null" })
		k.null = len(k.types) < len(s.Types.ToStrings())
	}
	if s.Enum != nil {
		k.enum = slices.DeleteFunc(slices.Clone(s.Enum.Values), func(v any) bool { return v == nil })
	}
	if s.Minimum != nil {
		minimum, _ := s.Minimum.Float64()
		k.min = &minimum
	}
	if s.Maximum != nil {
		maximum, _ := s.Maximum.Float64()
		k.max = &maximum
	}
	if s.MinLength != nil {
		k.minLength = *s.MinLength
	}
	if s.MaxLength != nil {
		k.maxLength = *s.MaxLength
	}
	if s.Pattern != nil {
		pattern, err := syntax.Parse(s.Pattern.String(), syntax.Perl)
		if err != nil {
			return err
		}
		k.pattern = pattern.Simplify()
	}
	return k.readParts(s)
}

// readParts adds the schemas of what the value holds.
func (k *key) readParts(s *jsonschema.Schema) (err error) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		child, err := newKey(s.Properties[name], k, name)
		if err != nil {
			return err
		}
		child.required = slices.Contains(s.Required, name)
		k.properties[name] = child
	}
	for pattern, entry := range s.PatternProperties {
		if entry.Bool != nil {
			// `^(.{64,})?$` is how the chart's schema says that a name has at most 63 characters, and one at least.
			if _, err := fmt.Sscanf(pattern.String(), "^(.{%d,})?$", &k.maxName); err == nil {
				k.maxName--
			}
			continue
		}
		names, err := syntax.Parse(pattern.String(), syntax.Perl)
		if err != nil {
			return err
		}
		k.names = names.Simplify()
		if k.entry, err = newKey(entry, k, "*"); err != nil {
			return err
		}
	}
	switch additional := s.AdditionalProperties.(type) {
	case bool:
		k.open = additional
	case *jsonschema.Schema:
		if additional.Bool != nil {
			k.open = *additional.Bool
		} else if k.entry, err = newKey(additional, k, "*"); err != nil {
			return err
		}
	}
	if s.Items2020 != nil {
		k.item, err = newKey(s.Items2020, k, "*")
	}
	return err
}

// all returns the key and all keys below it, sorted by path.
func (k *key) all() []*key {
	keys := []*key{k}
	for _, name := range slices.Sorted(maps.Keys(k.properties)) {
		keys = append(keys, k.properties[name].all()...)
	}
	for _, child := range []*key{k.entry, k.item} {
		if child != nil {
			keys = append(keys, child.all()...)
		}
	}
	return keys
}

// nameMatches says whether an entry of a map may have a name.
func (k *key) nameMatches(name string) bool {
	return regexp.MustCompile(k.names.String()).MatchString(name)
}

// under returns the key of what stands under a name in a map or an object; nil if the schema has none for it.
func (k *key) under(name string) *key {
	if child, ok := k.properties[name]; ok {
		return child
	}
	return k.entry
}

// inEffect returns values without what stands in a section that is turned off: the server hears nothing of it.
func (k *key) inEffect(values, defaults map[string]any) map[string]any {
	seen := map[string]any{}
	for name, value := range values {
		section, isSection := value.(map[string]any)
		below := k.properties[name]
		if !isSection || below == nil || below.passed {
			seen[name] = value
			continue
		}
		byDefault, _ := defaults[name].(map[string]any)
		if below.properties["enabled"] != nil && overlay(byDefault, section)["enabled"] != true {
			seen[name] = map[string]any{"enabled": section["enabled"]}
			continue
		}
		seen[name] = below.inEffect(section, byDefault)
	}
	return seen
}

// readDefaults returns the chart's own values.
func readDefaults(file string) (map[string]any, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var defaults map[string]any
	return defaults, yaml.Unmarshal(data, &defaults)
}
