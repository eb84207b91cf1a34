package ownership

import (
	"fmt"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// Path leads to a field of an object.
type Path fieldpath.Path

// String is the path for people, in which elements of a list have their names: spec.containers[service].image.
func (p Path) String() string {
	var said strings.Builder
	for i, element := range p {
		switch {
		case element.FieldName != nil:
			if i > 0 {
				said.WriteString(".")
			}
			said.WriteString(*element.FieldName)
		case element.Key != nil:
			var keys []string
			for _, key := range *element.Key {
				keys = append(keys, fmt.Sprint(key.Value.Unstructured()))
			}
			fmt.Fprintf(&said, "[%s]", strings.Join(keys, ","))
		case element.Value != nil:
			fmt.Fprintf(&said, "[%v]", (*element.Value).Unstructured())
		case element.Index != nil:
			fmt.Fprintf(&said, "[%d]", *element.Index)
		}
	}
	return said.String()
}

// Get returns what an object has there; false if it has nothing.
func (p Path) Get(object map[string]any) (any, bool) {
	var at any = object
	for _, element := range p {
		var ok bool
		if at, ok = step(at, element); !ok {
			return nil, false
		}
	}
	return at, true
}

// Set changes what an object has there; false if it has nothing.
func (p Path) Set(object map[string]any, to any) bool {
	if len(p) == 0 {
		return false
	}
	parent, ok := p[:len(p)-1].Get(object)
	fields, isMap := parent.(map[string]any)
	name := p[len(p)-1].FieldName
	if !ok || !isMap || name == nil {
		return false
	}
	if _, there := fields[*name]; !there {
		return false
	}
	fields[*name] = to
	return true
}

// Missing returns the first part of the path that an object does not have: the variable, where its value is asked for.
func (p Path) Missing(object map[string]any) Path {
	for i := range p {
		if _, ok := p[:i+1].Get(object); !ok {
			return p[:i+1]
		}
	}
	return p
}

func step(at any, element fieldpath.PathElement) (any, bool) {
	if fields, ok := at.(map[string]any); ok {
		if element.FieldName == nil {
			return nil, false
		}
		found, there := fields[*element.FieldName]
		return found, there && found != nil
	}
	list, _ := at.([]any)
	for i, one := range list {
		switch {
		case element.Index != nil && *element.Index == i:
			return one, true
		case element.Value != nil && value.Equals(value.NewValueInterface(one), *element.Value):
			return one, true
		case element.Key != nil && hasKeys(one, *element.Key):
			return one, true
		}
	}
	return nil, false
}

// hasKeys says whether an element of a list is the one that keys name. The API server sets the protocol of a port where a
// manifest leaves it out.
func hasKeys(element any, keys value.FieldList) bool {
	fields, ok := element.(map[string]any)
	if !ok {
		return false
	}
	for _, key := range keys {
		have, there := fields[key.Name]
		if !there && key.Name == "protocol" {
			have = "TCP"
		}
		if !value.Equals(value.NewValueInterface(have), key.Value) {
			return false
		}
	}
	return true
}
