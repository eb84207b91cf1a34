package kubernetes

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// shape is what fields a value may have, and of what form, all the way down. Two versions in which a type has the same
// share its shape.
type shape struct {
	form   catalogue.Form
	fields map[string]*shape // of an object with known fields
	item   *shape            // of a list, or of a map's values
}

// shapes makes shapes of the catalogue's types, as they are asked for.
type shapes struct {
	types  map[string][]catalogue.Type
	mutex  sync.Mutex
	made   map[string]*shape     // by name and signature
	signed map[signedType]string // signatures
}

type signedType struct {
	name    string
	version int
}

func newShapes(types map[string][]catalogue.Type) *shapes {
	return &shapes{types: types, made: map[string]*shape{}, signed: map[signedType]string{}}
}

// of returns the shape that a type has in a version.
func (s *shapes) of(name string, version int) *shape {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.typed(name, version)
}

func (s *shapes) typed(name string, version int) *shape {
	key := name + " " + s.signature(name, version)
	if made, known := s.made[key]; known {
		return made
	}
	made := &shape{}
	s.made[key] = made // before what is below it, which may hold it again
	form := s.in(name, version)
	if form.Fields == nil {
		*made = *s.formed(form.Form, version)
		return made
	}
	made.fields = map[string]*shape{}
	for field, form := range form.Fields {
		made.fields[field] = s.formed(form, version)
	}
	return made
}

func (s *shapes) formed(form catalogue.Form, version int) *shape {
	for _, prefix := range []catalogue.Form{"[]", "{}"} {
		if item, found := strings.CutPrefix(string(form), string(prefix)); found {
			return &shape{form: prefix, item: s.formed(catalogue.Form(item), version)}
		}
	}
	if name, found := strings.CutPrefix(string(form), "#"); found {
		return s.typed(name, version)
	}
	return &shape{form: form}
}

// in returns the form that a type has in a version; any, where it has none.
func (s *shapes) in(name string, version int) catalogue.Type {
	for _, form := range s.types[name] {
		if form.Holds(version) {
			return form
		}
	}
	return catalogue.Type{Form: catalogue.Any}
}

// signature is the same for two versions in which a type, and all types below it, are the same.
func (s *shapes) signature(name string, version int) string {
	key := signedType{name, version}
	if known, ok := s.signed[key]; ok {
		return known
	}
	seen := map[string]int{}
	var visit func(name string)
	visit = func(name string) {
		if _, known := seen[name]; known {
			return
		}
		in := s.in(name, version)
		seen[name] = in.From
		for _, form := range append(slices.Collect(maps.Values(in.Fields)), in.Form) {
			if _, below, found := strings.Cut(string(form), "#"); found {
				visit(below)
			}
		}
	}
	visit(name)
	var signature strings.Builder
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if len(s.types[name]) > 1 {
			signature.WriteString(name + "@" + strconv.Itoa(seen[name]) + " ")
		}
	}
	s.signed[key] = signature.String()
	return s.signed[key]
}

// strays returns the fields of a value that its shape does not have, and values of another form, sorted by path.
func (s *shape) strays(value any) []Problem {
	var problems []Problem
	s.walk(value, nil, func(problem Problem) { problems = append(problems, problem) })
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return problems
}

func (s *shape) walk(value any, at *field.Path, found func(Problem)) {
	if value == nil || s.form == catalogue.Any {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		switch {
		case s.fields != nil:
			for name, below := range value {
				if known := s.fields[name]; known != nil {
					known.walk(below, child(at, name), found)
				} else {
					path := child(at, name).String()
					found(Problem{Path: path, Message: fmt.Sprintf("unknown field %q", path), Source: Fields})
				}
			}
			return
		case s.form == "{}":
			for name, below := range value {
				s.item.walk(below, at.Key(name), found)
			}
			return
		}
	case []any:
		if s.form == "[]" {
			for i, below := range value {
				s.item.walk(below, at.Index(i), found)
			}
			return
		}
	default:
		if s.fields == nil && s.item == nil && s.admits(value) {
			return
		}
	}
	found(Problem{Path: at.String(), Message: fmt.Sprintf("cannot be %s: it is %s", written(value), s), Source: Fields})
}

func child(at *field.Path, name string) *field.Path {
	if at == nil {
		return field.NewPath(name)
	}
	return at.Child(name)
}

// admits says whether a value that is neither list nor map has the form.
func (s *shape) admits(value any) bool {
	switch value.(type) {
	case string:
		return s.form == catalogue.Text || s.form == catalogue.Quantity || s.form == catalogue.IntOrText
	case bool:
		return s.form == catalogue.Boolean
	case int64:
		return s.form == catalogue.Integer || s.form == catalogue.Number || s.form == catalogue.Quantity || s.form == catalogue.IntOrText
	default:
		return s.form == catalogue.Number || s.form == catalogue.Quantity
	}
}

// String names the form for a message.
func (s *shape) String() string {
	switch {
	case s.fields != nil:
		return "an object"
	case s.form == "[]":
		return "a list"
	case s.form == "{}":
		return "a map"
	}
	return string(s.form)
}

func written(value any) string {
	switch value.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return "a list"
	}
	return fmt.Sprintf("%T", value)
}
