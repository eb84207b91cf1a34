package deploy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// differences returns every field in which two values differ, as "field: old -> new", sorted.
func differences(before, after any, options ...cmp.Option) []string {
	var found fields
	cmp.Equal(before, after, append(options, cmp.Reporter(&found))...)
	slices.Sort(found.found)
	return found.found
}

// fields collects the fields that cmp finds different.
type fields struct {
	path  cmp.Path
	found []string
}

func (f *fields) PushStep(step cmp.PathStep) { f.path = append(f.path, step) }

func (f *fields) PopStep() { f.path = f.path[:len(f.path)-1] }

func (f *fields) Report(result cmp.Result) {
	if result.Equal() {
		return
	}
	var name []string
	for _, step := range f.path {
		switch step := step.(type) {
		case cmp.MapIndex:
			name = append(name, step.Key().String())
		case cmp.StructField:
			name = append(name, step.Name())
		case cmp.SliceIndex:
			name = append(name, step.String())
		}
	}
	before, after := f.path.Last().Values()
	object, field := name[0], strings.Join(name[1:], ".")
	f.found = append(f.found, strings.TrimSpace(object+" "+field)+": "+text(before)+" -> "+text(after))
}

// text returns a value for people, "none" where there is none.
func text(value reflect.Value) string {
	if !value.IsValid() {
		return "none"
	}
	return fmt.Sprint(value.Interface())
}
