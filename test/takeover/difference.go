package takeover

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/redact"
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
			values[key] = redact.Mask
			if other == nil {
				continue
			}
			if was, found, _ := unstructured.NestedFieldNoCopy(other.Object, field, key); found && was != value {
				values[key] = another
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
		f.lines = append(f.lines, "- "+field+": "+text(hidden(field, before.Interface())))
	case !before.IsValid():
		f.lines = append(f.lines, "+ "+field+": "+text(hidden(field, after.Interface())))
	default:
		f.lines = append(f.lines, "~ "+field+changed(field, before.Interface(), after.Interface()))
	}
}

// another stands for a hidden value that is not the one before.
const another = "(hidden, another)"

// hidden returns a field's value without what looks like a secret: what is printed goes into a job's log.
func hidden(field string, value any) any {
	if value, ok := value.(string); ok {
		return redact.Field(field, value)
	}
	return value
}

// changed returns how a value changes: of text in lines, the lines that go and that come.
func changed(field string, before, after any) string {
	old, isText := before.(string)
	new, areBoth := after.(string)
	was, becomes := hidden(field, before), hidden(field, after)
	if !isText || !areBoth || !strings.Contains(old+new, "\n") || was == redact.Mask || becomes == redact.Mask {
		was, becomes := text(was), text(becomes)
		if was == becomes {
			becomes = strings.ReplaceAll(becomes, redact.Mask, another)
		}
		return ": " + was + " -> " + becomes
	}
	var both strings.Builder
	both.WriteString(":")
	list := func(sign string, lines []string) {
		if len(lines) == 0 {
			return
		}
		for line := range strings.SplitSeq(redact.Text(strings.Join(lines, "\n"), nil), "\n") {
			both.WriteString("\n      " + sign + " " + line)
		}
	}
	list("-", without(strings.Split(old, "\n"), strings.Split(new, "\n")))
	list("+", without(strings.Split(new, "\n"), strings.Split(old, "\n")))
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
	shown := redact.Text(string(content), nil)
	if runes := []rune(shown); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return shown
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
