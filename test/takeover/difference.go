package takeover

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// differences returns every field in which two objects differ, sorted: "- field: value" goes, "+ field: value" comes,
// "~ field: old -> new" changes. The items of a list are told apart by their names, where they have any.
func differences(before, after *unstructured.Unstructured) []string {
	var found fields
	cmp.Equal(byName(shown(before, nil)), byName(shown(after, before)), cmp.Reporter(&found))
	slices.SortFunc(found.lines, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return found.lines
}

// shown returns what may be shown of an object: a Secret's values may not, but whether they are those of another one.
func shown(object, other *unstructured.Unstructured) map[string]any {
	if object.GetKind() != "Secret" {
		return object.Object
	}
	hidden := object.DeepCopy().Object
	for _, field := range []string{"data", "stringData"} {
		values, _ := hidden[field].(map[string]any)
		for key, value := range values {
			values[key] = "(hidden)"
			if other == nil {
				continue
			}
			if was, found, _ := unstructured.NestedFieldNoCopy(other.Object, field, key); found && was != value {
				values[key] = "(hidden, another)"
			}
		}
	}
	return hidden
}

// keys of the items of lists in Kubernetes' types, in the order in which they are looked for.
var keys = []string{"port", "containerPort", "name", "mountPath", "topologyKey", "host", "path", "ip", "secretName"}

// byName makes maps of the lists in a value whose items have a key of their own.
func byName(value any) any {
	switch value := value.(type) {
	case map[string]any:
		changed := map[string]any{}
		for key, field := range value {
			changed[key] = byName(field)
		}
		return changed
	case []any:
		for _, key := range keys {
			if changed, ok := keyed(value, key); ok {
				return changed
			}
		}
	}
	return value
}

func keyed(list []any, key string) (map[string]any, bool) {
	changed := map[string]any{}
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok || object[key] == nil {
			return nil, false
		}
		changed[fmt.Sprintf("[%v]", object[key])] = byName(item)
	}
	return changed, len(changed) == len(list) && len(list) > 0
}

// fields collects the fields that cmp finds different.
type fields struct {
	path  cmp.Path
	lines []string
}

func (f *fields) PushStep(step cmp.PathStep) { f.path = append(f.path, step) }

func (f *fields) PopStep() { f.path = f.path[:len(f.path)-1] }

func (f *fields) Report(result cmp.Result) {
	if result.Equal() {
		return
	}
	var name strings.Builder
	for _, step := range f.path {
		switch step := step.(type) {
		case cmp.MapIndex:
			if key := step.Key().String(); strings.HasPrefix(key, "[") {
				name.WriteString(key)
			} else {
				fmt.Fprintf(&name, ".%s", key)
			}
		case cmp.SliceIndex:
			name.WriteString(step.String())
		}
	}
	field := strings.TrimPrefix(name.String(), ".")
	before, after := f.path.Last().Values()
	switch {
	case !after.IsValid():
		f.lines = append(f.lines, "- "+field+": "+text(before.Interface()))
	case !before.IsValid():
		f.lines = append(f.lines, "+ "+field+": "+text(after.Interface()))
	default:
		f.lines = append(f.lines, "~ "+field+changed(before.Interface(), after.Interface()))
	}
}

// changed returns how a value changes: of text in lines, the lines that go and that come.
func changed(before, after any) string {
	old, isText := before.(string)
	new, areBoth := after.(string)
	if !isText || !areBoth || !strings.Contains(old+new, "\n") {
		return ": " + text(before) + " -> " + text(after)
	}
	var both strings.Builder
	both.WriteString(":")
	for _, line := range without(strings.Split(old, "\n"), strings.Split(new, "\n")) {
		both.WriteString("\n      - " + line)
	}
	for _, line := range without(strings.Split(new, "\n"), strings.Split(old, "\n")) {
		both.WriteString("\n      + " + line)
	}
	return both.String()
}

// without returns the lines that are not among others, as often as they are not.
func without(lines, others []string) []string {
	others = slices.Clone(others)
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		i := slices.Index(others, line)
		if i >= 0 {
			others = slices.Delete(others, i, i+1)
		}
		return i >= 0
	})
}

// longest value that is shown in full, in characters.
const longest = 100

// text returns a value for people, in one line.
func text(value any) string {
	content, err := json.Marshal(asList(value))
	if err != nil {
		return err.Error()
	}
	if runes := []rune(string(content)); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(content)
}

// asList undoes what byName does.
func asList(value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return value
	}
	changed, list := map[string]any{}, []any{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		changed[key] = asList(fields[key])
		if strings.HasPrefix(key, "[") {
			list = append(list, changed[key])
		}
	}
	if len(list) > 0 {
		return list
	}
	return changed
}
