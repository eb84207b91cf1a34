package rollout

import (
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"gitlab.example.com/platform/slipway/test/redact"
)

// difference is a field of a live object that is not as its manifest says.
type difference struct {
	object, field, want, live string
}

// String says it for people.
func (d difference) String() string {
	if d.field == "" {
		return fmt.Sprintf("%s is %s", d.object, d.live)
	}
	return fmt.Sprintf("%s: %s is %s instead of %s", d.object, d.field, d.live, d.want)
}

// compare returns the fields in which a live object is not as a manifest says: every field of the manifest must be there
// with its value, and lists must have no other elements (an environment variable of a revision that is gone, say). More
// fields may be there: the API server sets defaults, and others label and annotate.
//
// The number of pods does not count once somebody has scaled the object, and a Job that removes itself may be gone.
func compare(want object, live *unstructured.Unstructured) []difference {
	if live == nil {
		if _, removesItself, _ := unstructured.NestedFieldNoCopy(want.Object, "spec", "ttlSecondsAfterFinished"); removesItself {
			return nil
		}
		return []difference{{object: want.String(), live: "missing"}}
	}
	c := comparison{object: want.String()}
	for key, value := range canonical(want) {
		switch key {
		case "apiVersion", "kind", "status":
		case "metadata":
			of := func(object map[string]any, field string) any {
				found, _, _ := unstructured.NestedFieldNoCopy(object, "metadata", field)
				return found
			}
			for _, field := range []string{"labels", "annotations"} {
				c.compare("metadata."+field, of(want.Object, field), of(live.Object, field))
			}
		case "stringData": // write-only: the API server moves it
			if texts, ok := value.(map[string]any); ok {
				encoded := map[string]any{}
				for name, text := range texts {
					encoded[name] = base64.StdEncoding.EncodeToString([]byte(fmt.Sprint(text)))
				}
				c.compare("data", encoded, live.Object["data"])
			}
		case "spec":
			if spec, ok := value.(map[string]any); ok && scaled(live) {
				spec = maps.Clone(spec)
				delete(spec, "replicas")
				value = spec
			}
			c.compare(key, value, live.Object[key])
		default:
			c.compare(key, value, live.Object[key])
		}
	}
	slices.SortFunc(c.found, func(a, b difference) int { return strings.Compare(a.field, b.field) })
	return c.found
}

// scaled says whether somebody, an autoscaler perhaps, has set the number of pods after Helm.
func scaled(live *unstructured.Unstructured) bool {
	for _, entry := range live.GetManagedFields() {
		if entry.Subresource == "scale" {
			return true
		}
	}
	return false
}

// canonical returns an object's fields as the API server writes them, where client-go knows the kind: 0.5 CPUs are 500m.
func canonical(o object) map[string]any {
	typed, err := scheme.Scheme.New(o.GroupVersionKind())
	if err != nil {
		return o.Object
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, typed); err != nil {
		return o.Object
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return o.Object
	}
	return content
}

type comparison struct {
	object string
	found  []difference
}

func (c *comparison) add(field, want, live string) {
	if strings.HasPrefix(c.object, "Secret/") {
		want, live = "that of the manifest", "another"
	}
	c.found = append(c.found, difference{object: c.object, field: field, want: want, live: live})
}

func (c *comparison) compare(field string, want, live any) {
	if isEmpty(want) && (live == nil || isEmpty(live)) {
		return
	}
	switch want := want.(type) {
	case nil:
		return
	case map[string]any:
		have, _ := live.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(want)) {
			c.compare(field+"."+key, want[key], have[key])
		}
		for _, key := range slices.Sorted(maps.Keys(have)) {
			if _, there := want[key]; !there && c.isComplete(field, have[key]) {
				c.add(field+"."+key, "missing", text(field+"."+key, have[key]))
			}
		}
	case []any:
		have, _ := live.([]any)
		c.compareLists(field, want, have)
	default:
		if !equal(want, live) {
			c.add(field, text(field, want), text(field, live))
		}
	}
}

// isComplete says whether the API server adds nothing of the kind to a map: a list within a pod's template (env, volumes),
// and the content of a ConfigMap.
func (c *comparison) isComplete(field string, value any) bool {
	list, isList := value.([]any)
	return isList && len(list) > 0 && strings.Contains(field, "template.spec") ||
		strings.HasPrefix(c.object, "ConfigMap/") && (field == "data" || field == "binaryData")
}

// compareLists compares elements that have names by name, others in their order.
func (c *comparison) compareLists(field string, want, live []any) {
	wanted, ok := byName(want)
	have, also := byName(live)
	if ok && also {
		for _, name := range slices.Sorted(maps.Keys(wanted)) {
			if _, there := have[name]; !there {
				c.add(field+"["+name+"]", "there", "missing")
				continue
			}
			c.compare(field+"["+name+"]", wanted[name], have[name])
		}
		for _, name := range slices.Sorted(maps.Keys(have)) {
			if _, there := wanted[name]; !there {
				c.add(field+"["+name+"]", "missing", "there")
			}
		}
		return
	}
	if len(want) != len(live) {
		c.add(field, text(field, want), text(field, live))
		return
	}
	for i := range want {
		c.compare(fmt.Sprintf("%s[%d]", field, i), want[i], live[i])
	}
}

// byName returns the elements of a list by their names; ok is false if one has none, or two have the same.
func byName(list []any) (elements map[string]any, ok bool) {
	elements = map[string]any{}
	for _, element := range list {
		fields, _ := element.(map[string]any)
		name, _ := fields["name"].(string)
		if name == "" {
			return nil, false
		}
		elements[name] = element
	}
	return elements, len(elements) == len(list)
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		return !slices.ContainsFunc(slices.Collect(maps.Values(value)), func(v any) bool { return !isEmpty(v) })
	case []any:
		return len(value) == 0
	}
	return reflect.ValueOf(value).IsZero()
}

// equal compares scalars; a number may have been read as an integer or not.
func equal(a, b any) bool {
	x, ok := number(a)
	y, also := number(b)
	if ok && also {
		return x == y
	}
	return a == b
}

func number(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}

// text returns a field's value for one line, which may stand in a job's log.
func text(field string, value any) string {
	const most = 120
	if value == nil {
		return "missing"
	}
	said := fmt.Sprintf("%v", value)
	if s, ok := value.(string); ok {
		said = fmt.Sprintf("%q", redact.Field(field, s))
	}
	said = redact.Text(said, nil)
	if len(said) > most {
		said = said[:most] + "…"
	}
	return said
}
