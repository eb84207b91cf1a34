package render

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TypesAt returns the types that the chart's schema admits at a path of its values, in the words of JSON Schema, sorted;
// none where it does not say, or has none. A dependency's values are its own schema's.
func (c *Chart) TypesAt(path []string) []string {
	schema := c.chart.Schema
	for _, dependency := range c.chart.Dependencies() {
		if len(path) > 1 && path[0] == dependency.Name() && dependency.Schema != nil {
			schema, path = dependency.Schema, path[1:]
			break
		}
	}
	if schema == nil {
		return nil
	}
	compiled := c.schemas.get(schema)
	if compiled.err != nil {
		return nil
	}
	found := map[string]bool{}
	if said := compiled.types(compiled.document, path, 0, found); !said {
		return nil
	}
	return slices.Sorted(maps.Keys(found))
}

// deepest bounds the references that are followed: a schema may refer to itself.
const deepest = 64

// types adds the types that a part of the schema admits at a path below it. It is false if any may stand there.
func (s *schema) types(at any, path []string, depth int, found map[string]bool) (said bool) {
	part, ok := at.(map[string]any)
	if !ok || depth > deepest {
		return false
	}
	// All of what stands side by side holds, so one that says something is enough.
	if len(path) == 0 {
		said = ownTypes(part, found)
	} else {
		for _, below := range children(part, path[0]) {
			said = s.types(below, path[1:], depth+1, found) || said
		}
	}
	if said {
		return true
	}
	if to, ok := part["$ref"].(string); ok && s.types(s.at(to), path, depth+1, found) {
		return true
	}
	for _, all := range parts(part["allOf"]) {
		if s.types(all, path, depth+1, found) {
			return true
		}
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		alternatives := slices.DeleteFunc(slices.Clone(parts(part[word])), func(a any) bool { return len(path) > 0 && holdsNothing(a) })
		said = len(alternatives) > 0
		for _, alternative := range alternatives {
			said = s.types(alternative, path, depth+1, found) && said
		}
		if said {
			return true
		}
	}
	return false
}

// holdsNothing says whether what a schema admits is neither a map nor a list.
func holdsNothing(at any) bool {
	part, _ := at.(map[string]any)
	own := map[string]bool{}
	return ownTypes(part, own) && !own["object"] && !own["array"]
}

// ownTypes adds the types that a schema names itself.
func ownTypes(part map[string]any, found map[string]bool) bool {
	switch named := part["type"].(type) {
	case string:
		found[named] = true
		return true
	case []any:
		for _, name := range named {
			found[fmt.Sprint(name)] = true
		}
		return true
	}
	values, ok := part["enum"].([]any)
	if constant, is := part["const"]; is {
		values, ok = []any{constant}, true
	}
	for _, value := range values {
		switch value.(type) {
		case nil:
			found["null"] = true
		case bool:
			found["boolean"] = true
		case string:
			found["string"] = true
		case map[string]any:
			found["object"] = true
		case []any:
			found["array"] = true
		default:
			found["number"] = true
		}
	}
	return ok
}

// children are the schemas of what is at a key of a map, or at an index of a list.
func children(part map[string]any, key string) (below []any) {
	properties, _ := part["properties"].(map[string]any)
	if known, ok := properties[key]; ok {
		return []any{known}
	}
	patterns, _ := part["patternProperties"].(map[string]any)
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		if matcher, err := regexp.Compile(pattern); err == nil && matcher.MatchString(key) {
			below = append(below, patterns[pattern])
		}
	}
	if len(below) > 0 {
		return below
	}
	if _, err := strconv.Atoi(key); err == nil && part["items"] != nil {
		return []any{part["items"]}
	}
	if others, ok := part["additionalProperties"].(map[string]any); ok {
		return []any{others}
	}
	return nil
}

func parts(list any) []any {
	all, _ := list.([]any)
	return all
}

// at returns the part of the schema that a reference within it is to, or nil.
func (s *schema) at(reference string) any {
	pointer, ok := strings.CutPrefix(reference, "#")
	if !ok {
		return nil
	}
	return s.pointed(pointer)
}
