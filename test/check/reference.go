package check

import (
	"context"
	"regexp"
	"strings"
)

// gist is the same for findings of one sort in several releases of a chart.
type gist struct{ rule, template, object, field, message string }

var numbers = regexp.MustCompile(`[0-9]+`)

func gistOf(f Finding, release Release) gist {
	general := func(text string) string {
		for _, name := range []string{release.Name, release.Service} {
			if name != "" {
				text = strings.ReplaceAll(text, name, "\x00")
			}
		}
		return numbers.ReplaceAllString(text, "0")
	}
	return gist{f.Rule, f.Template, general(f.Object), general(f.Field), general(f.Message)}
}

// ofTheChart says whether a finding comes from the chart's template, whatever the values: in each of the chart's reference
// releases there is the same, and none of their values is the cause. It saves looking for causes in all of a fleet, which takes
// many renders for each release.
func (c *Checker) ofTheChart(ctx context.Context, release Release, f Finding) (bool, error) {
	known, ok := c.references[release.Chart]
	if !ok {
		var err error
		if known, err = c.readReferences(ctx, release.Chart); err != nil {
			return false, err
		}
		c.references[release.Chart] = known
	}
	return known[gistOf(f, release)], nil
}

// readReferences checks the reference releases of a chart, and returns what comes from its templates in all of them.
func (c *Checker) readReferences(ctx context.Context, chart string) (map[gist]bool, error) {
	alone := *c
	alone.settings.References = nil
	var common map[gist]bool
	for _, reference := range c.settings.References {
		if reference.Chart != chart {
			continue
		}
		result, err := alone.Alone(ctx, []Release{reference})
		if err != nil {
			return nil, err
		}
		here := map[gist]bool{}
		for _, f := range result.Findings {
			if f.Template != "" && f.File == "" && (common == nil || common[gistOf(f, reference)]) {
				here[gistOf(f, reference)] = true
			}
		}
		// One of a sort that comes from values leaves none of the sort.
		for _, f := range result.Findings {
			if f.File != "" {
				delete(here, gistOf(f, reference))
			}
		}
		common = here
	}
	return common, nil
}
