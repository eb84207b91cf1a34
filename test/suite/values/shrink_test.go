package values

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

// shrink takes away from the values of a case what is not needed for its outcome, and returns them with what is then said.
func shrink(ctx context.Context, chart *render.Chart, d draft, got outcome, why error) (map[string]any, error) {
	return smallest(d.values, why, func(smaller map[string]any) error {
		still, reason := try(ctx, chart, draft{values: smaller, wild: d.wild, loose: d.loose})
		if still != got {
			return nil
		}
		return reason
	}, func(a, b error) bool { return gist(a) == gist(b) })
}

// smallest leaves out of values what can be left out so that what is said of them stays the same, and returns them with
// what is then said.
func smallest(values map[string]any, why error, say func(map[string]any) error, same func(a, b error) bool) (map[string]any, error) {
	for smaller := true; smaller; {
		smaller = false
		for _, candidate := range without(values) {
			left := candidate().(map[string]any)
			if reason := say(left); reason != nil && same(reason, why) {
				values, why, smaller = left, reason, true
				break
			}
		}
	}
	return values, why
}

// gist is the first thing that an error says, but for where, and for what of the values is in it.
func gist(err error) string {
	first, _, _ := strings.Cut(particulars.ReplaceAllString(err.Error(), ""), ", ")
	return places.ReplaceAllString(first, "")
}

var places = regexp.MustCompile(`\S*\.\S*: `)

// messages returns what the chart says of values, once each, without the paths.
func messages(err error) []string {
	said := map[string]bool{}
	_, list, _ := strings.Cut(err.Error(), "\n")
	for line := range strings.Lines(list) {
		path, what, _ := strings.Cut(strings.TrimSpace(line), ": ")
		said[path[strings.LastIndex(path, ".")+1:]+": "+particulars.ReplaceAllString(what, "…")] = true
	}
	return slices.Collect(maps.Keys(said))
}

var particulars = regexp.MustCompile(`"(\\.|[^"\\])*"|'[^']*'|[0-9]+`)

// without returns copies of a value, each without one of the things in it, the large ones first.
func without(value any) []func() any {
	var copies []func() any
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			copies = append(copies, func() any {
				smaller := maps.Clone(value)
				delete(smaller, name)
				return smaller
			})
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			for _, child := range without(value[name]) {
				copies = append(copies, func() any {
					smaller := maps.Clone(value)
					smaller[name] = child()
					return smaller
				})
			}
		}
	case []any:
		for i := range value {
			copies = append(copies, func() any { return slices.Delete(slices.Clone(value), i, i+1) })
		}
		for i := range value {
			for _, child := range without(value[i]) {
				copies = append(copies, func() any {
					smaller := slices.Clone(value)
					smaller[i] = child()
					return smaller
				})
			}
		}
	}
	return copies
}
