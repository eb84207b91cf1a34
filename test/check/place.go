package check

import (
	"os"
	"path/filepath"
	"strings"
)

// near gives a finding that no values file has a line for the file of its template, and one of the release's own files.
func (r Release) near(f Finding) Finding {
	if f.File != "" {
		return f
	}
	f.Near = firstOwn(r)
	template, _, _ := strings.Cut(f.Template, ":")
	if _, inChart, ok := strings.Cut(template, "/"); ok {
		file := filepath.Join(r.Chart, filepath.FromSlash(inChart))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			f.TemplateFile = file
		}
	}
	return f
}

// Near gives findings over a whole fleet one of their services' own files, where they have no other.
func Near(findings []Finding, releases []Release) []Finding {
	first := map[string]Release{}
	for _, release := range releases {
		if _, ok := first[release.Service]; !ok {
			first[release.Service] = release
		}
	}
	for i, f := range findings {
		if release, ok := first[f.Service]; ok && f.Near == "" {
			findings[i] = release.near(f)
		}
	}
	return findings
}
