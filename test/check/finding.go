// Package check holds a service's releases against the rules: what is wrong with its values files as they are written,
// with what the chart makes of them, and what each version of Kubernetes would refuse.
package check

import (
	"cmp"
	"slices"
	"strings"
)

// Finding is one thing that is wrong in one place.
type Finding struct {
	Rule         string   `json:"rule"`
	Severity     Severity `json:"severity"`
	Service      string   `json:"service,omitempty"`
	Environments []string `json:"environments,omitempty"` // sorted
	Versions     []string `json:"versions,omitempty"`     // of Kubernetes, oldest first; none if it holds for all
	Object       string   `json:"object,omitempty"`       // such as Deployment/orders
	Field        string   `json:"field,omitempty"`        // path in the object, as the API server writes it
	Template     string   `json:"template,omitempty"`     // of the chart
	Values       string   `json:"values,omitempty"`       // path in the values, such as image.tag
	File         string   `json:"file,omitempty"`         // that it comes from, where known
	Line         int      `json:"line,omitempty"`         // in File, from 1; 0 if it is about the whole file
	TemplateFile string   `json:"templateFile,omitempty"` // of Template, where the chart is a folder
	Near         string   `json:"near,omitempty"`         // a file of the release, where nothing says what it comes from
	Message      string   `json:"message"`
	Remedy       string   `json:"remedy,omitempty"` // what to do
}

// Severity is how much a finding matters.
type Severity string

const (
	// Error: a deploy fails, or does something else than what is written.
	Error Severity = "error"
	// Warning: it works, and is probably not what is meant.
	Warning Severity = "warning"
)

// key is the same for findings that differ only in environment and version.
func (f Finding) key() string {
	return strings.Join([]string{f.Rule, f.Service, f.Object, f.Field, f.Template, f.Values, f.File, string(rune(f.Line)), f.Message, f.Remedy}, "\x00")
}

// Merge joins findings that differ only in environment or version, and sorts them: by service, file, line, object, field,
// rule and message. The result is the same for the same findings in any order.
func Merge(findings []Finding, versions []string) []Finding {
	merged := map[string]*Finding{}
	for _, f := range findings {
		environments, of := f.Environments, f.Versions
		if len(of) == 0 {
			of = versions
		}
		existing, ok := merged[f.key()]
		if !ok {
			f.Environments, f.Versions = nil, nil
			existing = &f
			merged[f.key()] = existing
		}
		existing.Environments = append(existing.Environments, environments...)
		existing.Versions = append(existing.Versions, of...)
		// The same whichever comes first.
		existing.Near, existing.TemplateFile = min(existing.Near, f.Near), min(existing.TemplateFile, f.TemplateFile)
	}
	result := make([]Finding, 0, len(merged))
	for _, f := range merged {
		slices.Sort(f.Environments)
		f.Environments = slices.Compact(f.Environments)
		f.Versions = slices.DeleteFunc(slices.Clone(versions), func(v string) bool { return !slices.Contains(f.Versions, v) })
		if len(f.Versions) == len(versions) {
			f.Versions = nil
		}
		result = append(result, *f)
	}
	slices.SortFunc(result, compare)
	return result
}

func compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Service, b.Service), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Object, b.Object), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Values, b.Values),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message),
		slices.Compare(a.Environments, b.Environments), cmp.Compare(a.key(), b.key()),
	)
}
