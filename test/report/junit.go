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
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a suite for each service with findings, and a case for each finding: errors have failed, and warnings were
// skipped, since nothing fails for them. A run without findings is one case that passed: a report without cases counts as
// none.
func JUnit(out io.Writer, report Report) error {
	suites := junitSuites{Name: "slipway check", Tests: len(report.Findings)}
	for _, f := range report.Findings {
		name := cmp.Or(f.Service, "the whole fleet")
		if last := len(suites.Suites) - 1; last < 0 || suites.Suites[last].Name != name {
			suites.Suites = append(suites.Suites, junitSuite{Name: name})
		}
		suite := &suites.Suites[len(suites.Suites)-1]
		suite.Tests++
		if f.Severity == check.Error {
			suite.Failures++
			suites.Failures++
		} else {
			suite.Skipped++
			suites.Skipped++
		}
		suite.Cases = append(suite.Cases, caseOf(f, report.Environments))
	}
	if len(report.Findings) == 0 {
		suites.Tests = 1
		looked := fmt.Sprintf("%s in %s", count(report.Releases, "release"), count(report.Services, "service"))
		if report.Objects > 0 {
			looked = count(report.Objects, "object")
		}
		suites.Suites = []junitSuite{{Name: "fleet", Tests: 1, Cases: []junitCase{{
			Name: looked, Class: "slipway check",
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

func caseOf(f check.Finding, environments []string) junitCase {
	said := sentence(f)
	if holds := where(f, environments); holds != "" {
		said += " (" + holds + ")"
	}
	text := strings.Join(nonEmpty(place(f), said, f.Remedy), "\n")
	message := &junitMessage{Message: sentence(f), Type: f.Rule, Text: text}
	c := junitCase{
		Name: strings.Join(nonEmpty(f.Rule, place(f), cmp.Or(f.Values, f.Object)), " "), Class: cmp.Or(f.Service, "fleet"), File: f.File,
	}
	if f.Severity == check.Error {
		c.Failure = message
	} else {
		c.Skipped = message
	}
	return c
}

func nonEmpty(parts ...string) (kept []string) {
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}
