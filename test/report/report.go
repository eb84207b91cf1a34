// Package report writes what a check has found: for people, and as JSON, JUnit and GitLab Code Quality.
package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/check"
)

// Report is what a run has found, and over what. Findings are merged and sorted.
type Report struct {
	Services     int             `json:"services"`
	Environments []string        `json:"environments"`
	Releases     int             `json:"releases"`
	Objects      int             `json:"objects,omitempty"` // of manifests that were checked as they are written, without releases
	Versions     []string        `json:"versions"`
	Ignored      int             `json:"ignored"` // findings that .slipway.yaml switches off
	Findings     []check.Finding `json:"findings"`
}

// Format writes a report.
type Format func(out io.Writer, report Report) error

// Formats are those that --output takes.
func Formats() map[string]Format {
	return map[string]Format{
		"text":        func(out io.Writer, r Report) error { return Text(out, r, false) },
		"json":        JSON,
		"junit":       JUnit,
		"codequality": CodeQuality,
	}
}

// Names are those of Formats, for people.
func Names() []string { return []string{"text", "json", "junit", "codequality"} }

// Relative makes the paths of files relative to a folder, with slashes, as far as they are in it.
func (r Report) Relative(folder string) Report {
	r.Findings = slices.Clone(r.Findings)
	for i, f := range r.Findings {
		r.Findings[i].File = relative(folder, f.File)
		r.Findings[i].TemplateFile = relative(folder, f.TemplateFile)
		r.Findings[i].Near = relative(folder, f.Near)
	}
	return r
}

func relative(folder, file string) string {
	if file == "" {
		return ""
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	short, err := filepath.Rel(folder, absolute)
	if err != nil || strings.HasPrefix(short, "..") {
		return file
	}
	return filepath.ToSlash(short)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// place is where a finding is: its file and line, else its template.
func place(f check.Finding) string {
	switch {
	case f.File != "" && f.Line > 0:
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	case f.File != "":
		return f.File
	default:
		return f.Template
	}
}

// sentence is a finding in one line, without its place and rule.
func sentence(f check.Finding) string {
	var text strings.Builder
	if f.Values != "" {
		text.WriteString(f.Values + ": ")
	}
	if f.Object != "" {
		text.WriteString(f.Object + ": ")
	}
	if f.Field != "" {
		text.WriteString(f.Field + ": ")
	}
	text.WriteString(f.Message)
	return text.String()
}

// where says for which environments and versions a finding holds; it is empty for all.
func where(f check.Finding, environments []string) string {
	var parts []string
	if len(f.Environments) > 0 && len(f.Environments) < len(environments) {
		parts = append(parts, strings.Join(f.Environments, ", "))
	}
	if len(f.Versions) > 0 {
		parts = append(parts, "Kubernetes "+strings.Join(f.Versions, ", "))
	}
	return strings.Join(parts, "; ")
}
