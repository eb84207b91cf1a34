package cover

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"gitlab.example.com/platform/slipway/test/coverage"
)

// Text writes the arms that nothing reached, each in a line with its place, and then how many there are.
func Text(out io.Writer, r Report) error {
	w := bufio.NewWriter(out)
	line := func(arm coverage.Seen, says string) {
		fmt.Fprintf(w, "%s:%d  %s  %s\n", r.file(arm.File), arm.Line, arm.What, says)
	}
	excluded := 0
	for _, arm := range r.Arms {
		switch arm.State {
		case coverage.Missed:
			line(arm, arm.Never)
		case coverage.Shadowed:
			if strings.HasPrefix(arm.What, "define ") {
				line(arm, "is shadowed by "+r.file(arm.ShadowedBy))
			}
		case coverage.Excluded:
			excluded++
		}
	}
	for _, arm := range r.Wrong {
		line(arm, fmt.Sprintf("is excluded (%s), but %s reached it: take the comment away", arm.Reason, some(arm.By)))
	}
	tests := r.OnlyTests()
	for _, arm := range tests {
		line(arm, "is reached by tests alone: "+some(arm.By))
	}
	for _, gap := range r.NotMeasured {
		fmt.Fprintf(w, "not measured: %s: %s\n", gap.Source, gap.Reason)
	}
	fmt.Fprintf(w, "chart %s: %s by %s", r.Chart, share(r.Count), renders(r.Renders))
	if excluded > 0 {
		fmt.Fprintf(w, ", %d excluded", excluded)
	}
	if len(tests) > 0 {
		fmt.Fprintf(w, ", %d by tests alone", len(tests))
	}
	fmt.Fprintln(w)
	if len(r.Parts) > 1 {
		for _, part := range r.Parts {
			name, says := part.Folder, share(part.Count)
			if name == "" {
				name = "the chart itself"
			}
			if !part.Loaded {
				says = "not loaded: its condition was false in each render"
			}
			fmt.Fprintf(w, "  %s: %s\n", name, says)
		}
	}
	if few, of := r.Few(); of > 1 {
		fmt.Fprintf(w, "%d of %d services and environments reach together all that these reach: %s\n", len(few), of, strings.Join(few, ", "))
	}
	return w.Flush()
}

// some names the first of many.
func some(names []string) string {
	const shown = 3
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

func renders(n int) string {
	if n == 1 {
		return "1 render"
	}
	return fmt.Sprintf("%d renders", n)
}
