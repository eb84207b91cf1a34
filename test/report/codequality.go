package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gitlab.example.com/platform/slipway/test/check"
)

// issue is one of GitLab's Code Quality:
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
}

var severities = map[check.Severity]string{check.Error: "major", check.Warning: "minor"}

// CodeQuality writes the findings for GitLab's Code Quality, at the line of the values file that they come from, else that of the
// template; where neither is in the repository, at the beginning of one of the service's own files, and says so. A fingerprint
// depends neither on the line, so that a finding that only moves is no new one, nor on where files lie on the machine.
func CodeQuality(out io.Writer, report Report) error {
	issues := []issue{}
	seen := map[string]int{}
	for _, f := range report.Findings {
		path, line, known := inRepository(f)
		description := sentence(f)
		if f.Service != "" {
			description = f.Service + ": " + description
		}
		if holds := where(f, report.Environments); holds != "" {
			description += " (" + holds + ")"
		}
		if f.Remedy != "" {
			description += ". " + f.Remedy
		}
		if !known {
			description += ". No place in a file of this repository is known"
		}
		identity := strings.Join([]string{f.Rule, path, f.Template, f.Service, f.Object, f.Field, f.Values, f.Message}, "\x00")
		// The same thing twice in a file needs two fingerprints.
		seen[identity]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", identity, seen[identity]))
		issues = append(issues, issue{
			Description: description, CheckName: f.Rule, Fingerprint: hex.EncodeToString(sum[:16]),
			Severity: severities[f.Severity], Location: location{Path: path, Lines: lines{Begin: line}},
		})
	}
	return indented(out, issues)
}

// inRepository is the place of a finding in a file below the working directory, and whether it is one that the finding comes
// from.
func inRepository(f check.Finding) (path string, line int, known bool) {
	inside := func(path string) bool {
		return path != "" && !filepath.IsAbs(path) && path != ".." && !strings.HasPrefix(path, "../")
	}
	switch {
	case inside(f.File):
		return f.File, max(1, f.Line), true
	case inside(f.TemplateFile):
		line = 1
		if _, rest, ok := strings.Cut(f.Template, ":"); ok {
			_, _ = fmt.Sscan(rest, &line)
		}
		return f.TemplateFile, max(1, line), true
	case inside(f.Near):
		return f.Near, 1, false
	}
	return check.IgnoreFile, 1, false
}
