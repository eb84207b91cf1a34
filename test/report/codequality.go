package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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

// CodeQuality writes the findings for GitLab's Code Quality, at the line of the values file that they come from; those
// that come from none are at the first line of the template. A fingerprint does not depend on the line, so that a finding
// that only moves is no new one.
func CodeQuality(out io.Writer, report Report) error {
	issues := []issue{}
	seen := map[string]int{}
	for _, f := range report.Findings {
		path, line := f.File, max(1, f.Line)
		if path == "" {
			path, line = templatePlace(f.Template)
		}
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
		identity := strings.Join([]string{f.Rule, path, f.Service, f.Object, f.Field, f.Values, f.Message}, "\x00")
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

// templatePlace is the path of a template, and its line where it has one.
func templatePlace(template string) (path string, line int) {
	path, rest, _ := strings.Cut(template, ":")
	if _, err := fmt.Sscanf(rest, "%d", &line); err != nil {
		line = 1
	}
	if path == "" {
		path = check.IgnoreFile
	}
	return path, line
}
