package helmcli

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// One Helm and the other are together both, of each scenario, and each Helm gets about half of them.
func TestOneAndTheOtherAreBoth(t *testing.T) {
	const scenarios = 1000
	count := map[*Program]int{}
	for i := range scenarios {
		for _, form := range []string{"TestA/scenario_%d", "TestScenario%d", "TestB/%d/with_a_longer_name"} {
			name := fmt.Sprintf(form, i)
			first, rest := chosen(one, name), chosen(other, name)
			require.Len(t, first, 1)
			require.Len(t, rest, 1)
			require.ElementsMatch(t, chosen(both, name), slices.Concat(first, rest), name)
			require.Equal(t, first, chosen(one, name), "the same again")
			count[first[0]]++

			variants := 0
			for place := range 5 {
				first, rest, all := chosenVariant(one, name, place, 5), chosenVariant(other, name, place, 5), chosenVariant(both, name, place, 5)
				require.Equal(t, Programs, all)
				require.ElementsMatch(t, all, slices.Concat(first, rest), name)
				variants += len(first)
			}
			require.Equal(t, 1, variants, "one variant with one Helm")

			require.True(t, plays(both, name))
			require.NotEqual(t, plays(one, name), plays(other, name), "a scenario that takes both is in one of the two runs")
		}
	}
	require.Equal(t, Programs, chosen(both, "TestA"))
	for _, p := range Programs {
		require.InDelta(t, 3*scenarios/2, count[p], scenarios/10, p)
	}
}

func TestChoice(t *testing.T) {
	for value, want := range map[string]string{"": one, "one": one, "other": other, "both": both} {
		t.Setenv(ChoiceVariable, value)
		chosen, err := choice()
		require.NoError(t, err)
		require.Equal(t, want, chosen)
		cases, err := Part(80, 200)
		require.NoError(t, err)
		require.Equal(t, map[string]int{one: 80, other: 200, both: 200}[want], cases)
	}
	for _, value := range []string{"3", "helm3", "One", "one,other"} {
		t.Setenv(ChoiceVariable, value)
		_, err := choice()
		_, alike := Part(80, 200)
		require.Equal(t, err, alike)
		for _, says := range []string{ChoiceVariable + "=" + value + ": ", "one ", "other ", "both"} {
			require.ErrorContains(t, err, says)
		}
	}
}

// TestScenarios are what TestPlayed looks at.
func TestScenarios(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint("scenario ", i), func(t *testing.T) { ForEach(t, func(*testing.T, *Program) {}) })
	}
	t.Run("variants", func(t *testing.T) {
		ForEachVariant(t, []string{"a", "b", "c"}, func(v string) string { return v }, func(*testing.T, string, *Program) {})
	})
	t.Run("whatever is chosen", func(t *testing.T) { ForBoth(t, func(*testing.T, *Program) {}) })
}

// Tests play what is chosen: one and other together what both plays, and nothing of it twice but what takes both Helms.
func TestPlayed(t *testing.T) {
	t.Parallel()
	played := map[string][]string{}
	for _, value := range []string{"", one, other, both} {
		output, err := playScenarios(t, value)
		require.NoError(t, err, output)
		for _, match := range regexp.MustCompile(`--- PASS: TestScenarios/(\S+/helm_[34]) `).FindAllStringSubmatch(output, -1) {
			played[value] = append(played[value], match[1])
		}
		slices.Sort(played[value])
	}
	require.Len(t, played[both], 8*2+3*2+2)
	require.Len(t, played[one], 8+1+2)
	require.Len(t, played[other], 8+5+2)
	require.Equal(t, played[one], played[""], "by default")
	twice := []string{"whatever_is_chosen/helm_3", "whatever_is_chosen/helm_4"}
	require.ElementsMatch(t, slices.Concat(played[both], twice), slices.Concat(played[one], played[other]))
	require.Subset(t, played[one], twice)

	output, err := playScenarios(t, "helm3")
	require.ErrorContains(t, err, "exit status 1")
	require.Contains(t, output, ChoiceVariable+"=helm3: it is one ")
}

// playScenarios runs TestScenarios in a process of its own, and returns what it prints.
func playScenarios(t *testing.T, choice string) (string, error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestScenarios$", "-test.v")
	cmd.Env = append(os.Environ(), ChoiceVariable+"="+choice)
	output, err := cmd.CombinedOutput()
	return string(output), err
}
