package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// summary is what README quotes of a run.
type summary struct {
	small, large                   cost // slipway check over the two fleets
	loop, looped                   cost // the loop, and slipway check over the same services
	unittest, withoutSchema, alone cost // helm-unittest, and slipway check of the same releases
}

// String says what a run took in all.
func (c cost) String() string {
	releases := time.Duration(c.releases)
	return fmt.Sprintf("%.1f s; %.1f s of processor time, %s ms for each release; the largest process took %d MiB",
		c.clock.Seconds(), c.processor.Seconds(), milliseconds(c.processor/releases), c.memory>>20)
}

// String is tables in Markdown.
func (s summary) String() string {
	var text strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	w("## Summary")
	w("")
	w("| | releases x versions | seconds | seconds of processor time | largest process |")
	w("|---|---|---|---|---|")
	for _, row := range []struct {
		name string
		cost cost
	}{{"`slipway check`", s.large}, {"a tenth of it", s.small}} {
		w("| %s | %d x %d | %.1f | %.1f | %d MiB |", row.name, row.cost.releases, row.cost.versions, row.cost.clock.Seconds(), row.cost.processor.Seconds(), row.cost.memory>>20)
	}
	w("")
	w("A release takes %.2f times the processor time of one of the small fleet. Where the workers' time goes: %s.",
		ratio(s.large.processorEach(), s.small.processorEach()), s.large.shares())
	if s.loop.releases > 0 {
		w("")
		w("| a release, for one version | releases x versions | ms | ms of processor time | times `slipway check` | in processor time |")
		w("|---|---|---|---|---|---|")
		row := func(name string, c cost) string {
			return fmt.Sprintf("| %s | %d x %d | %s | %s |", name, c.releases, c.versions, milliseconds(c.clockEach()), milliseconds(c.processorEach()))
		}
		times := func(c cost) string {
			return fmt.Sprintf(" %.1f | %.1f |", ratio(c.clockEach(), s.large.clockEach()), ratio(c.processorEach(), s.large.processorEach()))
		}
		w("%s", row("`slipway check`", s.large)+" | |")
		w("%s", row("the loop's releases alone", s.looped)+times(s.looped))
		w("%s", row("`helm template` piped to `kubeconform -strict`", s.loop)+times(s.loop))
	}
	if s.unittest.releases > 0 {
		rendering := s.alone.steps["render"] / time.Duration(s.alone.releases)
		w("")
		w("| a release, rendered once in one process | ms | ms of processor time | times `slipway check` | in processor time | times its render |")
		w("|---|---|---|---|---|---|")
		w("| `slipway check` for one version, all of it | %s | %s | | | |", milliseconds(s.alone.clockEach()), milliseconds(s.alone.processorEach()))
		w("| of which its render | %s | | | | |", milliseconds(rendering))
		row := func(name string, c cost) {
			w("| %s | %s | %s | %.1f | %.1f | %.1f |", name, milliseconds(c.clockEach()), milliseconds(c.processorEach()),
				ratio(c.clockEach(), s.alone.clockEach()), ratio(c.processorEach(), s.alone.processorEach()), ratio(c.clockEach(), rendering))
		}
		row("helm-unittest: values, schema, render, one assertion", s.unittest)
		row("the same without the schema", s.withoutSchema)
	}
	return text.String()
}

// ratio is how many times the other a time is.
func ratio(time, other time.Duration) float64 { return float64(time) / float64(other) }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond))
}

// shares says what part of its time each step took, the largest first, those of a hundredth at least.
func (c cost) shares() string {
	var all time.Duration
	for _, took := range c.steps {
		all += took
	}
	names := slices.SortedFunc(maps.Keys(c.steps), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.steps[b], c.steps[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, name := range names {
		if percent := 100 * ratio(c.steps[name], all); percent >= 0.5 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", name, percent))
		}
	}
	return strings.Join(parts, ", ")
}
