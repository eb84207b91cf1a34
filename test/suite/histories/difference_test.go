package histories

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// differences returns a line for every field in which two sets of objects differ: "Kind/name field: wanted -> found".
func differences(want, got map[string]any) string {
	var found fields
	cmp.Equal(want, got, cmp.Reporter(&found))
	slices.Sort(found.found)
	return strings.Join(found.found, "\n")
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
		case cmp.SliceIndex:
			name = append(name, step.String())
		}
	}
	want, got := f.path.Last().Values()
	f.found = append(f.found, strings.TrimSpace(name[0]+" "+strings.Join(name[1:], "."))+": "+text(want)+" -> "+text(got))
}

// text returns a value for people, "none" where there is none.
func text(value reflect.Value) string {
	if !value.IsValid() {
		return "none"
	}
	if said := fmt.Sprint(value.Interface()); len(said) < 300 {
		return said
	}
	return "something"
}
