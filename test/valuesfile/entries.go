package valuesfile

import (
	"slices"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// Entry is one value in a file.
type Entry struct {
	Path []string // keys as Helm reads them, and indices of lists
	Position
	Leaf bool // neither a map nor a list with something in it

	key, value *yamlv3.Node // key is nil in a list
}

// walk visits every value, in the order of the file. Aliases are not followed: what they repeat is written elsewhere.
func (f *File) walk(visit func(Entry)) {
	if f.root != nil {
		walk(f.root, nil, visit)
	}
}

func walk(node *yamlv3.Node, path []string, visit func(Entry)) {
	switch node.Kind {
	case yamlv3.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if key.Kind != yamlv3.ScalarNode {
				continue
			}
			if isMerge(key) {
				// What it holds is read as if it stood beside it.
				walk(value, path, visit)
				continue
			}
			read, _ := keyAsRead(key)
			below := append(slices.Clip(path), read)
			visit(Entry{Path: below, Position: Position{key.Line, key.Column}, Leaf: isLeaf(value), key: key, value: value})
			walk(value, below, visit)
		}
	case yamlv3.SequenceNode:
		for i, value := range node.Content {
			below := append(slices.Clip(path), strconv.Itoa(i))
			visit(Entry{Path: below, Position: Position{value.Line, value.Column}, Leaf: isLeaf(value), value: value})
			walk(value, below, visit)
		}
	}
}

// isMerge says whether a key is YAML's <<, which is no key.
func isMerge(key *yamlv3.Node) bool { return plain(key) && key.Value == "<<" }

func isLeaf(node *yamlv3.Node) bool {
	return node.Kind != yamlv3.MappingNode && node.Kind != yamlv3.SequenceNode || len(node.Content) == 0
}

// Leaves returns the paths of what can be left out one by one, in the order of the file: values of maps that are no
// maps themselves. A list counts as one: lists of several files are not merged.
func (f *File) Leaves() []Entry {
	var leaves []Entry
	f.walk(func(e Entry) {
		if e.key != nil && (e.Leaf || e.value.Kind == yamlv3.SequenceNode) && !inList(f.root, e.Path) {
			leaves = append(leaves, e)
		}
	})
	return leaves
}

// inList says whether a list is on the way to the last key of a path.
func inList(root *yamlv3.Node, path []string) bool {
	at := root
	for _, key := range path[:len(path)-1] {
		if at.Kind != yamlv3.MappingNode {
			return true
		}
		var next *yamlv3.Node
		for i := 0; i+1 < len(at.Content); i += 2 {
			if read, _ := keyAsRead(at.Content[i]); read == key {
				next = at.Content[i+1]
			}
		}
		if next == nil {
			return true
		}
		at = next
	}
	return at.Kind != yamlv3.MappingNode
}

// plain says whether a scalar was written without quotes, so that YAML decides on its type.
func plain(node *yamlv3.Node) bool {
	return node.Kind == yamlv3.ScalarNode && node.Style == 0
}

// keyAsRead returns a key as Helm reads it, and whether that is not what was written.
func keyAsRead(key *yamlv3.Node) (read string, damaged bool) {
	if !plain(key) || !mayBeTyped(key.Value) {
		return key.Value, false
	}
	var into map[string]any
	if err := yaml.Unmarshal([]byte(key.Value+": 1"), &into); err != nil || len(into) != 1 {
		return key.Value, false
	}
	for read = range into {
	}
	return read, read != key.Value
}

// mayBeTyped says whether YAML might read plain text as a number, a boolean or null.
func mayBeTyped(text string) bool {
	if text == "" {
		return false
	}
	if strings.IndexByte("+-.0123456789", text[0]) >= 0 {
		return true
	}
	switch strings.ToLower(text) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null", "~":
		return true
	}
	return false
}
