package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/report"
)

// fleet is a report in which one mistake is in many services, and one twice in one.
func fleet(services int) report.Report {
	r := report.Report{Services: services, Releases: 3 * services, Environments: []string{"dev", "prod", "stg"}, Versions: []string{"1.30", "1.37"}}
	for i := range services {
		name := fmt.Sprintf("service-%03d", i)
		r.Findings = append(r.Findings, check.Finding{
			Rule: "kubernetes-served", Severity: check.Error, Service: name, Environments: r.Environments, Versions: []string{"1.37"},
			Object: "PodDisruptionBudget/" + name, Template: "chart/templates/pdb.yaml", Message: "no matches for kind", Remedy: "Use another.",
		})
	}
	for range 2 {
		r.Findings = append(r.Findings, check.Finding{
			Rule: "yaml-value", Severity: check.Warning, Service: "z", Environments: []string{"dev"}, File: "z/values.yaml", Line: 3, Values: "a", Message: "is <83> & \"x\"",
		})
	}
	return r
}

func TestTextGroups(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, report.Text(&out, fleet(300), false))
	require.Equal(t, `service-000, service-001, service-002, service-003, service-004 and 295 more
  error chart/templates/pdb.yaml [kubernetes-served]
    PodDisruptionBudget/service-000: no matches for kind (Kubernetes 1.37)
    -> Use another.

z
  warning z/values.yaml:3 [yaml-value]
    a: is <83> & "x" (dev)
  warning z/values.yaml:3 [yaml-value]
    a: is <83> & "x" (dev)

900 releases in 300 services (dev, prod, stg), Kubernetes 1.30 to 1.37: 300 errors, 2 warnings
`, out.String())
	require.NotContains(t, out.String(), "\x1b")

	var coloured bytes.Buffer
	require.NoError(t, report.Text(&coloured, fleet(300), true))
	require.Contains(t, coloured.String(), "\x1b[31merror\x1b[0m")
}

func TestCodeQualityFingerprints(t *testing.T) {
	prints := func(r report.Report) (prints []string) {
		var out bytes.Buffer
		require.NoError(t, report.CodeQuality(&out, r))
		var issues []struct{ Fingerprint, Description string }
		require.NoError(t, json.Unmarshal(out.Bytes(), &issues))
		for _, issue := range issues {
			require.NotEmpty(t, issue.Description)
			prints = append(prints, issue.Fingerprint)
		}
		return prints
	}
	r := fleet(2)
	first := prints(r)
	seen := map[string]bool{}
	for _, fingerprint := range first {
		require.False(t, seen[fingerprint], "each is its own")
		seen[fingerprint] = true
	}
	for i := range r.Findings {
		r.Findings[i].Line += 10
	}
	require.Equal(t, first, prints(r), "a finding that only moves is the same")
}

// Each issue is at a path of the repository, and is the same wherever that lies.
func TestCodeQualityPlaces(t *testing.T) {
	cases := []struct {
		name    string
		finding check.Finding
		path    string
		line    int
		unknown bool
	}{
		{name: "in a values file", finding: check.Finding{File: "%s/a/values.yaml", Line: 3, TemplateFile: "%s/chart/templates/a.yaml"}, path: "a/values.yaml", line: 3},
		{name: "in a template", finding: check.Finding{Template: "chart/templates/a.yaml:7", TemplateFile: "%s/charts/one/templates/a.yaml", Near: "%s/a/values.yaml"}, path: "charts/one/templates/a.yaml", line: 7},
		{name: "in a template as a whole", finding: check.Finding{Template: "chart/templates/a.yaml", TemplateFile: "%s/charts/one/templates/a.yaml"}, path: "charts/one/templates/a.yaml", line: 1},
		{name: "in a template elsewhere", finding: check.Finding{Template: "chart/templates/a.yaml:7", TemplateFile: "/elsewhere/chart/templates/a.yaml", Near: "%s/a/values.yaml"}, path: "a/values.yaml", line: 1, unknown: true},
		{name: "in a values file elsewhere", finding: check.Finding{File: "/elsewhere/values.yaml", Line: 3, Near: "%s/a/values.yaml"}, path: "a/values.yaml", line: 1, unknown: true},
		{name: "in an archive", finding: check.Finding{Template: "chart/templates/a.yaml:7", Near: "%s/a/values.yaml"}, path: "a/values.yaml", line: 1, unknown: true},
		{name: "nowhere", finding: check.Finding{}, path: ".slipway.yaml", line: 1, unknown: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var fingerprints []string
			for _, repository := range []string{"/builds/one", "/home/two"} {
				f := c.finding
				f.Rule, f.Message, f.Severity = "template-error", "a", check.Error
				for _, file := range []*string{&f.File, &f.TemplateFile, &f.Near} {
					*file = strings.Replace(*file, "%s", repository, 1)
				}
				var out bytes.Buffer
				require.NoError(t, report.CodeQuality(&out, report.Report{Findings: []check.Finding{f}}.Relative(repository)))
				var issues []struct {
					Fingerprint, Description string
					Location                 struct {
						Path  string
						Lines struct{ Begin int }
					}
				}
				require.NoError(t, json.Unmarshal(out.Bytes(), &issues))
				require.Len(t, issues, 1)
				require.Equal(t, c.path, issues[0].Location.Path)
				require.Equal(t, c.line, issues[0].Location.Lines.Begin)
				require.Equal(t, c.unknown, strings.Contains(issues[0].Description, "No place in a file of this repository is known"))
				fingerprints = append(fingerprints, issues[0].Fingerprint)
			}
			require.Equal(t, fingerprints[0], fingerprints[1])
		})
	}
}

func TestJUnitIsXML(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, report.JUnit(&out, fleet(2)))
	type message struct {
		Message string `xml:"message,attr"`
	}
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Failure *message `xml:"failure"`
				Skipped *message `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(out.Bytes(), &suites))
	require.Equal(t, 4, suites.Tests)
	require.Equal(t, 2, suites.Failures)
	require.Equal(t, 2, suites.Skipped, "warnings fail nothing")
	require.Len(t, suites.Suites, 3)
	require.NotNil(t, suites.Suites[0].Cases[0].Failure)
	require.Nil(t, suites.Suites[0].Cases[0].Skipped)
	require.Nil(t, suites.Suites[2].Cases[1].Failure)
	require.Equal(t, `a: is <83> & "x"`, suites.Suites[2].Cases[1].Skipped.Message)
}

func TestEveryFormatIsTheSameEachTime(t *testing.T) {
	require.Len(t, report.Formats(), len(report.Names()))
	for _, name := range report.Names() {
		var first, again strings.Builder
		require.NoError(t, report.Formats()[name](&first, fleet(20)))
		require.NoError(t, report.Formats()[name](&again, fleet(20)))
		require.Equal(t, first.String(), again.String(), name)
	}
}
