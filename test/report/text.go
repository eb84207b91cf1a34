package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/check"
)

const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	faint  = "\x1b[2m"
	plain  = "\x1b[0m"
)

// Text writes a report for people: the findings grouped by service, those of many services once, and a summary.
func Text(out io.Writer, report Report, colour bool) error {
	w := &painter{Writer: bufio.NewWriter(out), colour: colour}
	for _, group := range grouped(report.Findings) {
		w.paint(bold, "%s", title(group.services, report.Objects > 0))
		w.print("\n")
		for _, f := range group.findings {
			w.finding(f, report.Environments)
		}
		w.print("\n")
	}
	w.summary(report)
	return w.Flush()
}

// group is what the same services have in common.
type group struct {
	services []string
	findings []check.Finding
}

// grouped puts what is wrong in the same way in the same place of several services together, and then the findings of
// the same services.
func grouped(findings []check.Finding) []group {
	type same struct{ rule, template, file, message, values, versions, environments string }
	var order []same
	services := map[same][]string{}
	first := map[same]check.Finding{}
	for _, f := range findings {
		key := same{f.Rule, f.Template, place(f), general(f.Message, f.Service), f.Values, strings.Join(f.Versions, " "), strings.Join(f.Environments, " ")}
		if f.Object != "" {
			key.message += general(f.Object+f.Field, f.Service)
		}
		if _, ok := first[key]; !ok {
			order = append(order, key)
			first[key] = f
		}
		if !slices.Contains(services[key], f.Service) || f.Service == "" {
			services[key] = append(services[key], f.Service)
		} else {
			// Twice in one service is two findings.
			key.rule += "\x00" + fmt.Sprint(len(order))
			order = append(order, key)
			first[key], services[key] = f, []string{f.Service}
		}
	}
	var groups []group
	index := map[string]int{}
	for _, key := range order {
		names := strings.Join(services[key], "\x00")
		at, ok := index[names]
		if !ok {
			at = len(groups)
			index[names] = at
			groups = append(groups, group{services: services[key]})
		}
		groups[at].findings = append(groups[at].findings, first[key])
	}
	return groups
}

// general is a text without the name of the service that it is about.
func general(text, service string) string {
	if service == "" {
		return text
	}
	return strings.ReplaceAll(text, service, "\x00")
}

func title(services []string, manifests bool) string {
	const shown = 5
	switch {
	case len(services) == 1 && services[0] == "" && manifests:
		return "manifests"
	case len(services) == 1 && services[0] == "":
		return "the whole fleet"
	case len(services) == 1:
		return services[0]
	case len(services) <= shown:
		return strings.Join(services, ", ")
	default:
		return fmt.Sprintf("%s and %d more", strings.Join(services[:shown], ", "), len(services)-shown)
	}
}

// painter writes with colours, or without.
type painter struct {
	*bufio.Writer
	colour bool
}

func (p *painter) print(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *painter) paint(colour, format string, args ...any) {
	if p.colour {
		p.print("%s", colour)
	}
	p.print(format, args...)
	if p.colour {
		p.print("%s", plain)
	}
}

func (p *painter) finding(f check.Finding, environments []string) {
	p.print("  ")
	if f.Severity == check.Error {
		p.paint(red, "error")
	} else {
		p.paint(yellow, "warning")
	}
	if at := place(f); at != "" {
		p.print(" %s", at)
	}
	p.print(" ")
	p.paint(faint, "[%s]", f.Rule)
	p.print("\n    %s", sentence(f))
	if holds := where(f, environments); holds != "" {
		p.paint(faint, " (%s)", holds)
	}
	p.print("\n")
	if f.Remedy != "" {
		p.paint(faint, "    -> %s", f.Remedy)
		p.print("\n")
	}
}

func (p *painter) summary(r Report) {
	if r.Objects > 0 {
		p.print("%s", count(r.Objects, "object"))
	} else {
		p.print("%s in %s", count(r.Releases, "release"), count(r.Services, "service"))
	}
	if names := strings.Join(r.Environments, ", "); names != "" {
		p.print(" (%s)", names)
	}
	if len(r.Versions) == 1 {
		p.print(", Kubernetes %s", r.Versions[0])
	} else if len(r.Versions) > 1 {
		p.print(", Kubernetes %s to %s", r.Versions[0], r.Versions[len(r.Versions)-1])
	}
	p.print(": ")
	errors := 0
	for _, f := range r.Findings {
		if f.Severity == check.Error {
			errors++
		}
	}
	switch {
	case len(r.Findings) == 0:
		p.paint(bold, "no findings")
	default:
		p.paint(bold, "%s, %s", count(errors, "error"), count(len(r.Findings)-errors, "warning"))
	}
	if r.Ignored > 0 {
		p.print(" (%s switched off in %s)", count(r.Ignored, "finding"), check.IgnoreFile)
	}
	p.print("\n")
}
