// Package coverage says which arms of a chart's templates were reached, and by whom. It renders through Helm's engine as it
// is: templates get probes, each a lookup that finds nothing, and what they write is compared with the plain render. What
// differs is not measured, which is said; it is never a wrong number.
package coverage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

// Chart is a chart whose arms are known. It may be rendered by many goroutines at the same time.
type Chart struct {
	Name      string
	Templates []render.Template
	Arms      []Arm // a profile names them by their index

	chart      *render.Chart
	texts      map[string]string // with probes, by file
	exclusions []exclusion
	digest     string
}

// New finds the arms of a chart. It fails on a template that Go does not parse, and on an exclusion that means nothing.
func New(chart *render.Chart) (*Chart, error) {
	c := &Chart{Name: chart.Name(), Templates: chart.Templates(), chart: chart, texts: map[string]string{}}
	digest := sha256.New()
	defines := map[string][]define{}
	for _, template := range c.Templates {
		first := len(c.Arms)
		b, text, err := instrument(template, first)
		if err != nil {
			return nil, fmt.Errorf("chart %s: %w", c.Name, err)
		}
		c.Arms = append(c.Arms, b.arms...)
		c.texts[template.File] = text
		for name, arms := range b.defines {
			for _, arm := range arms {
				defines[name] = append(defines[name], define{template: template.Name, arm: first + arm})
			}
		}
		excluded, err := exclusions(template, first, b.arms)
		if err != nil {
			return nil, fmt.Errorf("chart %s: %w", c.Name, err)
		}
		c.exclusions = append(c.exclusions, excluded...)
		fmt.Fprintf(digest, "%s\x00%d\x00", template.File, len(template.Text))
		_, _ = io.WriteString(digest, template.Text)
	}
	c.digest = hex.EncodeToString(digest.Sum(nil))
	c.shadow(defines)
	return c, nil
}

type define struct {
	template string // Helm's name
	arm      int
}

// shadow finds the defines whose name another one takes: Helm parses what lies deep first, and backwards by name.
func (c *Chart) shadow(defines map[string][]define) {
	for _, same := range defines {
		slices.SortFunc(same, func(a, b define) int {
			return cmp.Or(cmp.Compare(strings.Count(a.template, "/"), strings.Count(b.template, "/")), cmp.Compare(a.template, b.template))
		})
		taken := c.Arms[same[0].arm]
		for _, lost := range same[1:] {
			by := fmt.Sprintf("%s:%d", taken.File, taken.Line)
			for _, i := range c.within(lost.arm) {
				c.Arms[i].shadowedBy = by
			}
		}
	}
}

// within returns an arm and those that stand in what it writes.
func (c *Chart) within(arm int) []int {
	inside := []int{arm}
	outer := c.Arms[arm]
	for i, a := range c.Arms {
		if i != arm && a.File == outer.File && outer.body.start <= a.start && a.start < outer.body.end {
			inside = append(inside, i)
		}
	}
	return inside
}

// Render is render.RenderFor, and adds to the profile what the release reached, under the name of a source: a test, or a
// service in an environment.
func (c *Chart) Render(ctx context.Context, profile *Profile, source string, release render.Release, values map[string]any, capabilities render.Capabilities) (render.Manifests, error) {
	hits := newHits()
	manifests, seen, err := render.Observe(ctx, c.chart, release, values, capabilities, render.Probes{Texts: c.texts, Reached: hits.hear})
	hits.end()
	if seen.Ran {
		profile.add(source, hits, seen)
	}
	return manifests, err
}
