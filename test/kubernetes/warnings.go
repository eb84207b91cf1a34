package kubernetes

import (
	"strconv"
	"strings"

	"k8s.io/apiserver/pkg/endpoints/deprecation"
)

// Warnings returns what an API server of the version warns of when the object is created in a namespace: nothing for one
// that it refuses, which Create says. It fails for an unknown version alone.
func (v Version) Warnings(d *Document, namespace string) (problems []Problem, err error) {
	defer survive(&problems)
	version, err := v.index()
	if err != nil {
		return nil, err
	}
	all, err := load()
	if err != nil {
		return nil, err
	}
	if d.read().illegible != nil {
		return nil, nil
	}
	if kind, served := all.kind(d.Kind(), version); served {
		object := d.native().object
		if object == nil || strategies[d.Kind().GroupKind()] == nil {
			return nil, nil
		}
		if deprecation.IsDeprecated(object, 1, v.minor()) {
			problems = append(problems, Problem{Path: "apiVersion", Message: deprecation.WarningMessage(object), Source: Warned})
		}
		found, err := d.createdNative(kind, namespace)
		return append(problems, found.warnings...), err
	}
	if custom, known := all.custom[d.Kind()]; known {
		found, err := d.createdCustom(custom, namespace)
		return found.warnings, err
	}
	return nil, nil
}

// minor is the number behind the point.
func (v Version) minor() int {
	_, minor, _ := strings.Cut(string(v), ".")
	number, err := strconv.Atoi(minor)
	if err != nil {
		return 0
	}
	return number
}

// warnings records what the API server's code warns of.
type warnings []Problem

// AddWarning is called by that code.
func (w *warnings) AddWarning(_, text string) {
	problem := Problem{Message: text, Source: Warned}
	// Those about a field begin with it.
	if path, rest, ok := strings.Cut(text, ": "); ok && !strings.Contains(path, " ") {
		problem.Path, problem.Message = path, rest
	}
	*w = append(*w, problem)
}
