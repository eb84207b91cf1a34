package kubernetes

import (
	"errors"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// types are the native kinds as server-side apply sees them: which lists are maps, and by what key.
var types = sync.OnceValue(func() managedfields.TypeConverter { return applyconfigurations.NewTypeConverter(scheme.Scheme) })

// Apply returns what a server-side apply is against in the object, where creating it is not refused for the same: entries of
// a list that have one key, such as two variables of one name. Custom kinds are not looked at.
func (d *Document) Apply() []Problem { return d.applied() }

// apply is asked once for each document.
func (d *Document) apply() (problems []Problem) {
	defer survive(&problems)
	read := d.read()
	if read.illegible != nil || !scheme.Scheme.Recognizes(read.kind) {
		return nil
	}
	_, err := types().ObjectToTyped(&unstructured.Unstructured{Object: d.content()})
	var invalid typed.ValidationErrors
	if !errors.As(err, &invalid) {
		return nil
	}
	for _, e := range invalid {
		// All else is said of an object that is created, too.
		if strings.Contains(e.ErrorMessage, "duplicate entries") {
			problems = append(problems, Problem{Path: strings.TrimPrefix(e.Path, "."), Message: e.ErrorMessage, Source: Applied})
		}
	}
	return problems
}
