package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"gitlab.example.com/platform/slipway/test/check"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a suite for each service with findings, and a failed case for each finding. A run without findings is one
// case that passed, since a report without cases counts as none.
func JUnit(out io.Writer, report Report) error {
	suites := junitSuites{Name: "slipway check", Tests: len(report.Findings), Failures: len(report.Findings)}
	for _, f := range report.Findings {
		name := cmp.Or(f.Service, "the whole fleet")
		if last := len(suites.Suites) - 1; last < 0 || suites.Suites[last].Name != name {
			suites.Suites = append(suites.Suites, junitSuite{Name: name})
		}
		suite := &suites.Suites[len(suites.Suites)-1]
		suite.Tests++
		suite.Failures++
		suite.Cases = append(suite.Cases, failedCase(f, report.Environments))
	}
	if len(report.Findings) == 0 {
		suites.Tests = 1
		suites.Suites = []junitSuite{{Name: "fleet", Tests: 1, Cases: []junitCase{{
			Name: fmt.Sprintf("%s in %s", count(report.Releases, "release"), count(report.Services, "service")), Class: "slipway check",
		}}}}
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}

func failedCase(f check.Finding, environments []string) junitCase {
	text := strings.Join(nonEmpty(place(f), sentence(f), where(f, environments), f.Remedy), "\n")
	return junitCase{
		Name: strings.Join(nonEmpty(f.Rule, place(f), cmp.Or(f.Values, f.Object)), " "), Class: cmp.Or(f.Service, "fleet"), File: f.File,
		Failure: &junitFailure{Message: sentence(f), Type: f.Rule, Text: text},
	}
}

func nonEmpty(parts ...string) (kept []string) {
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}
