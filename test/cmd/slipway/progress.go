package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"gitlab.example.com/platform/slipway/test/fleet"
)

// progress is a bar on a terminal, and nothing elsewhere.
type progress struct {
	out   io.Writer
	shown time.Time
	on    bool
}

func newProgress(out io.Writer) *progress { return &progress{out: out, on: isTerminal(out)} }

func (p *progress) show(done, all int) {
	if !p.on || done < all && time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	const width = 30
	filled := width * done / all
	fmt.Fprintf(p.out, "\r%s%s %d/%d services", strings.Repeat("█", filled), strings.Repeat("░", width-filled), done, all)
}

func (p *progress) clear() {
	if p.on {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// printStats says where the time of all workers went.
func printStats(out io.Writer, outcome fleet.Outcome, took time.Duration) {
	fmt.Fprintf(out, "%d renders in %s; time of all workers by step:\n", outcome.Renders, took.Round(time.Millisecond))
	for _, step := range slices.Sorted(maps.Keys(outcome.Spent)) {
		fmt.Fprintf(out, "  %-12s %s\n", step, time.Duration(outcome.Spent[step]).Round(time.Millisecond))
	}
}
