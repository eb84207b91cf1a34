package model

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// named returns steps that differ.
func named(names string) (steps []Step) {
	for i, name := range names {
		steps = append(steps, Step{Kind: Kind(name), Replicas: i})
	}
	return steps
}

func names(steps []Step) (names string) {
	for _, step := range steps {
		names += string(step.Kind)
	}
	return names
}

func has(steps []Step, name string) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return string(s.Kind) == name })
}

func TestShrink(t *testing.T) {
	for _, c := range []struct {
		name   string
		steps  string
		breaks func([]Step) bool
		want   string
	}{
		{"one is enough", "abcdefghij", func(s []Step) bool { return has(s, "g") }, "g"},
		{"two far from each other", "abcdefghij", func(s []Step) bool { return has(s, "a") && has(s, "j") }, "aj"},
		{"every step", "abc", func(s []Step) bool { return len(s) == 3 }, "abc"},
		{"no step", "abcd", func([]Step) bool { return true }, ""},
		{"one that needs its neighbour or another", "abcdef", func(s []Step) bool { return has(s, "b") && has(s, "c") || has(s, "b") && has(s, "f") }, "bc"},
		{"nothing to leave out", "", func([]Step) bool { return true }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, names(Shrink(named(c.steps), 100, c.breaks)))
		})
	}
}

// No more histories are played than it may.
func TestShrinkIsBounded(t *testing.T) {
	for tries := range 20 {
		played := 0
		left := Shrink(named("abcdefghijklmno"), tries, func(s []Step) bool {
			played++
			return has(s, "a") && has(s, "h") && has(s, "o")
		})
		require.LessOrEqual(t, played, tries)
		require.Subset(t, []rune(names(left)), []rune("aho"))
	}
}
