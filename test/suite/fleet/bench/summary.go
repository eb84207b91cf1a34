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

// String is Markdown.
func (s summary) String() string {
	var text strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	row := func(name string, c cost) {
		w("| %s | %d x %d | %.1f | %.1f | %s | %s | %d |", name, c.releases, c.versions, c.clock.Seconds(), c.processor.Seconds(),
			milliseconds(c.clockEach()), milliseconds(c.processorEach()), c.memory>>20)
	}
	w("## Summary")
	w("")
	w("| | releases x versions | seconds | of processor time | ms for one of each | of processor time | largest process, MiB |")
	w("|---|---|---|---|---|---|---|")
	row("`slipway check`", s.large)
	row("a tenth of the fleet", s.small)
	if s.loop.releases > 0 {
		row("the loop's releases", s.looped)
		row("the loop: `helm template` piped to `kubeconform -strict`", s.loop)
	}
	if s.unittest.releases > 0 {
		row("one worker, one version", s.alone)
		row("helm-unittest: values, schema, render, one assertion", s.unittest)
		row("the same without the schema", s.withoutSchema)
	}
	w("")
	w("A release takes %.2f times the processor time of one of the small fleet. Where the time goes: %s.",
		ratio(s.large.processorEach(), s.small.processorEach()), s.large.shares())
	if s.loop.releases > 0 {
		w("`slipway check` has %s the throughput of the loop, and over the loop's own releases, its start included, %s.",
			times(s.loop, s.large), times(s.loop, s.looped))
	}
	if s.unittest.releases > 0 {
		rendering := s.alone.steps["render"] / time.Duration(s.alone.releases)
		w("For a release that it renders once, helm-unittest takes %s as long as all of `slipway check`, and without the schema %s;",
			times(s.unittest, s.alone), times(s.withoutSchema, s.alone))
		w("against its render alone, %s ms on the clock, that is %.1f and %.1f times.", milliseconds(rendering),
			ratio(s.unittest.clockEach(), rendering), ratio(s.withoutSchema.clockEach(), rendering))
	}
	return text.String()
}

// times says how many times as long one takes as the other for one release in one version.
func times(one, other cost) string {
	return fmt.Sprintf("%.1f times (%.1f in processor time)", ratio(one.clockEach(), other.clockEach()), ratio(one.processorEach(), other.processorEach()))
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
