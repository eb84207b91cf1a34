package valuesfile

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// Damage is a place where Helm does not read what a person who wrote the text meant.
type Damage struct {
	Path []string
	Position
	Written string // in the file
	Read    string // by Helm, as JSON

	// Number says that no text may stand there, so that quotes are no remedy.
	Number bool
	// Doubtful says that what is read may well be what is meant.
	Doubtful bool
}

// Types returns the types, in the words of JSON Schema, that may stand at a path; none if that is not known.
type Types func(path []string) []string

// DamagedKeys returns the keys that are not read as they are written, such as N, which is false.
func (f *File) DamagedKeys() []Damage {
	var found []Damage
	f.walk(func(e Entry) {
		if e.key == nil {
			return
		}
		if read, damaged := keyAsRead(e.key); damaged {
			found = append(found, Damage{Path: e.Path, Position: e.Position, Written: e.key.Value, Read: strconv.Quote(read)})
		}
	})
	return found
}

// DamagedValues returns the values that are not read as they are written: another number (0123 is 83), text for which
// YAML has a number or a boolean (1e3, yes), and decimals that lose a zero where they are likely to be a name (1.10). What
// can only be meant as it is read, such as `no` where nothing but a boolean may stand, is none of them.
func (f *File) DamagedValues(types Types) []Damage {
	var found []Damage
	f.walk(func(e Entry) {
		if !plain(e.value) || !mayBeTyped(e.value.Value) {
			return
		}
		var admitted []string
		if types != nil {
			admitted = types(e.Path)
		}
		if d, damaged := valueAsRead(e.Path, e.value.Value, admitted); damaged {
			d.Path, d.Position, d.Written = e.Path, Position{e.value.Line, e.value.Column}, e.value.Value
			found = append(found, d)
		}
	})
	return found
}

// LargeNumbers returns the whole numbers of a million and more, as a template prints them that does not take care: Helm
// reads them as floating point.
func (f *File) LargeNumbers() []Damage {
	var found []Damage
	f.walk(func(e Entry) {
		if !plain(e.value) || len(e.value.Value) < 7 || strings.Trim(e.value.Value, "0123456789") != "" || e.value.Value[0] == '0' {
			return
		}
		number, err := strconv.ParseFloat(e.value.Value, 64)
		if printed := strconv.FormatFloat(number, 'g', -1, 64); err == nil && strings.Contains(printed, "e+") {
			found = append(found, Damage{Path: e.Path, Position: Position{e.value.Line, e.value.Column}, Written: e.value.Value, Read: printed})
		}
	})
	return found
}

var (
	decimal   = regexp.MustCompile(`^[-+]?[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?$`)
	textual   = regexp.MustCompile(`(?i:(?:tag|version|release|revision|branch|commit)$)|(?:^|[_.-])(?i:id)$|I[dD]$`)
	textMaps  = []string{"env", "labels", "annotations", "podLabels", "podAnnotations", "files", "data"}
	permitted = regexp.MustCompile(`(?i)mode$`)
)

// isText says whether the value at a path is probably meant as text: by its key, or by the map that it is in.
func isText(path []string) bool {
	key, above := path[len(path)-1], path[:len(path)-1]
	if key == "value" && len(above) > 0 { // of a variable
		above = above[:len(above)-1]
	}
	return textual.MatchString(key) || len(above) > 0 && slices.Contains(textMaps, above[len(above)-1])
}

// valueAsRead says what Helm reads plain text as, where that is damage.
func valueAsRead(path []string, text string, types []string) (d Damage, damaged bool) {
	converted, err := yaml.YAMLToJSON([]byte("- " + text))
	if err != nil {
		return d, false
	}
	var items []json.RawMessage
	if err := json.Unmarshal(converted, &items); err != nil || len(items) != 1 {
		return d, false
	}
	read := string(bytes.TrimSpace(items[0]))
	meantAsText := isText(path)
	d.Read, d.Number = read, len(types) > 0 && !slices.Contains(types, "string")
	switch {
	case read == text || read[0] == '"' || read == "null":
		return d, false
	case read == "true" || read == "false":
		d.Doubtful = !meantAsText && !onlyText(types)
		return d, !strings.EqualFold(text, read) && !d.Number
	case permitted.MatchString(path[len(path)-1]) && !meantAsText: // permissions of files are octal on purpose
		return d, false
	case !decimal.MatchString(text): // hexadecimal, infinity, base 60
		return d, !d.Number
	}
	meant, ok := new(big.Rat).SetString(strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+"))
	got, gotOK := new(big.Rat).SetString(read)
	if !ok || !gotOK || meant.Cmp(got) != 0 {
		return d, !d.Number || !strings.Contains(text, "_")
	}
	// The same number, written in another way.
	if strings.ContainsAny(text, "eE") && len(types) == 0 && !meantAsText {
		d.Doubtful = true
		return d, true
	}
	return d, meantAsText && !d.Number || onlyText(types)
}

// onlyText says whether nothing but text may stand somewhere.
func onlyText(types []string) bool {
	return slices.Contains(types, "string") && !slices.ContainsFunc(types, func(t string) bool { return t != "string" && t != "null" })
}

// Repeated is a key that a map has twice, of which Helm takes the last.
type Repeated struct {
	Path []string
	Position
	First int // line of the first
}

// RepeatedKeys returns the keys that a map has more than once.
func (f *File) RepeatedKeys() []Repeated {
	var found []Repeated
	var visit func(node *yamlv3.Node, path []string)
	visit = func(node *yamlv3.Node, path []string) {
		seen := map[string]int{}
		for i := 0; node.Kind == yamlv3.MappingNode && i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Kind != yamlv3.ScalarNode || key.Value == "<<" {
				continue
			}
			read, _ := keyAsRead(key)
			below := append(slices.Clip(path), read)
			if line, ok := seen[read]; ok {
				found = append(found, Repeated{Path: below, Position: Position{key.Line, key.Column}, First: line})
			} else {
				seen[read] = key.Line
			}
			visit(node.Content[i+1], below)
		}
		for i, item := range node.Content {
			if node.Kind == yamlv3.SequenceNode {
				visit(item, append(slices.Clip(path), strconv.Itoa(i)))
			}
		}
	}
	if f.root != nil {
		visit(f.root, nil)
	}
	return found
}
