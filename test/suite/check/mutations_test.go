package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// mutation is a change to an object. It is made where it is tried, which most are not.
type mutation struct {
	name string
	of   map[string]any
	make func(root map[string]any)
}

// made returns the object with the change.
func (m mutation) made() manifest {
	root := runtime.DeepCopyJSON(m.of)
	m.make(root)
	text, err := yaml.Marshal(root)
	if err != nil {
		panic(err) // what was read can be written
	}
	return manifest{m.name, text}
}

// mutations returns an object with each of its fields wrong in turn: of another type, out of bounds, misspelt, missing,
// empty, twice, or beside one that is not known.
func mutations(m manifest) []mutation {
	original := normal(object(m)).(map[string]any)
	var all []mutation
	add := func(at, what string, change func(root map[string]any)) {
		all = append(all, mutation{fmt.Sprintf("%s: %s %s", m.name, at, what), original, change})
	}
	var walk func(value any, path []string)
	walk = func(value any, path []string) {
		at := strings.Join(path, ".")
		set := func(what string, to any) { add(at, what, func(root map[string]any) { put(root, path, to) }) }
		if len(path) > 0 {
			add(at, "is missing", func(root map[string]any) { remove(root, path) })
			set("is null", nil)
		}
		switch value := value.(type) {
		case map[string]any:
			if len(path) > 0 {
				set("is a text", "text")
				set("is empty", map[string]any{})
			}
			add(at, "has an unknown field", func(root map[string]any) { put(root, append(slices.Clone(path), "noSuchField"), true) })
			for _, key := range slices.Sorted(maps.Keys(value)) {
				below := append(slices.Clone(path), key)
				if len(path) == 0 && (key == "apiVersion" || key == "kind") || at == "metadata" && (key == "name" || key == "namespace") {
					continue
				}
				walk(value[key], below)
				add(strings.Join(below, "."), "is misspelt", func(root map[string]any) {
					remove(root, below)
					put(root, append(slices.Clone(path), key+"s"), value[key])
				})
			}
		case []any:
			set("is a text", "text")
			set("is empty", []any{})
			if len(value) > 0 {
				set("has an item twice", append([]any{value[0]}, value...))
			}
			for i, item := range value {
				walk(item, append(slices.Clone(path), strconv.Itoa(i)))
			}
		case string:
			for _, to := range []string{"", "Not Valid!", "-1", strings.Repeat("a", 300)} {
				set(fmt.Sprintf("is %.12q", to), to)
			}
			set("is a number", 7)
			set("is an object", map[string]any{"a": "b"})
		case bool:
			set("is the other", !value)
			set("is a text", "yes")
		default:
			for _, to := range []int64{-1, 0, 1 << 40} {
				set(fmt.Sprint("is ", to), to)
			}
			set("is a text", "text")
		}
	}
	walk(original, nil)
	return all
}

// normal returns a value with whole numbers as DeepCopyJSON takes them.
func normal(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, below := range value {
			copied[key] = normal(below)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, below := range value {
			copied[i] = normal(below)
		}
		return copied
	case float64:
		if value == float64(int64(value)) {
			return int64(value)
		}
	case int:
		return int64(value)
	}
	return value
}

func put(root map[string]any, path []string, value any) {
	change(root, path, func(parent any, last string) {
		switch parent := parent.(type) {
		case map[string]any:
			parent[last] = normal(value)
		case []any:
			index, _ := strconv.Atoi(last)
			parent[index] = normal(value)
		}
	})
}

// remove takes a field out; an item of a list becomes null.
func remove(root map[string]any, path []string) {
	change(root, path, func(parent any, last string) {
		switch parent := parent.(type) {
		case map[string]any:
			delete(parent, last)
		case []any:
			index, _ := strconv.Atoi(last)
			parent[index] = nil
		}
	})
}

func change(root map[string]any, path []string, do func(parent any, last string)) {
	var parent any = root
	for _, step := range path[:len(path)-1] {
		switch below := parent.(type) {
		case map[string]any:
			parent = below[step]
		case []any:
			index, _ := strconv.Atoi(step)
			parent = below[index]
		}
	}
	do(parent, path[len(path)-1])
}
