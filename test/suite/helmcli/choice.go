package helmcli

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"testing"
)

// ChoiceVariable is the environment variable that says with which of the Helms the suites play their scenarios.
const ChoiceVariable = "SLIPWAY_TEST_HELM"

// choices of ChoiceVariable.
const (
	// one of them for each scenario, in turn: each Helm gets about half of the scenarios. It is the default: what both Helms
	// do in the same way, which is most, is seen with one.
	one = "one"
	// other is the rest: what one has left out, and nothing else.
	other = "other"
	// both is all of it.
	both = "both"
)

// choice returns the value of ChoiceVariable. One that is none is an error: a misspelt one must not pass for less work.
func choice() (string, error) {
	switch chosen := os.Getenv(ChoiceVariable); chosen {
	case "":
		return one, nil
	case one, other, both:
		return chosen, nil
	default:
		return "", fmt.Errorf("%s=%s: it is one (for each scenario one Helm, in turn), other (the Helm that one leaves out), or both", ChoiceVariable, chosen)
	}
}

// Part returns what a run has of something that is not cut into a scenario for each Helm, such as a number of random cases:
// a part where each scenario is played with one Helm, and else the whole of it.
func Part[T any](part, whole T) (T, error) {
	choice, err := choice()
	if choice == one {
		return part, err
	}
	return whole, err
}

// Plays says whether this run plays a scenario that takes both Helms: one leaves about half of them to other.
func Plays(t *testing.T, scenario string) bool {
	t.Helper()
	choice, err := choice()
	if err != nil {
		t.Fatal(err)
	}
	return plays(choice, t.Name()+"/"+scenario)
}

func plays(choice, scenario string) bool { return chosen(choice, scenario)[0] == Helm3 }

// chosen returns the Helms that play the scenario of this name. Which one that is depends on the name alone, so that it is
// the same wherever, and in whichever order, the scenario is played.
func chosen(choice, scenario string) []*Program {
	turn := int(sha256.Sum256([]byte(scenario))[0] & 1)
	switch choice {
	case one:
		return Programs[turn : turn+1]
	case other:
		return Programs[1-turn : 2-turn]
	default:
		return Programs
	}
}

// ForEach runs a test, as parallel subtests, with the Helms that ChoiceVariable says: by default with one of the two, which
// the test's name decides. So the smaller the test that calls it, the better the scenarios spread over both.
func ForEach(t *testing.T, test func(t *testing.T, p *Program)) {
	t.Helper()
	choice, err := choice()
	if err != nil {
		t.Fatal(err)
	}
	run(t, chosen(choice, t.Name()), test)
}

// ForEachVariant runs a scenario that has variants, as parallel subtests: where each scenario has one Helm it has one variant
// too, and the other run has all that is left, with both Helms. The variants must have different names.
func ForEachVariant[V any](t *testing.T, variants []V, name func(V) string, test func(t *testing.T, variant V, p *Program)) {
	t.Helper()
	t.Parallel()
	choice, err := choice()
	if err != nil {
		t.Fatal(err)
	}
	for i, variant := range variants {
		programs := chosenVariant(choice, t.Name(), i, len(variants))
		if len(programs) == 0 {
			continue
		}
		t.Run(name(variant), func(t *testing.T) { run(t, programs, func(t *testing.T, p *Program) { test(t, variant, p) }) })
	}
}

// chosenVariant returns the Helms that play the variant at a place among so many of the scenario of this name.
func chosenVariant(choice, scenario string, place, variants int) []*Program {
	if hash := sha256.Sum256([]byte(scenario)); place == int(binary.BigEndian.Uint32(hash[1:]))%variants {
		return chosen(choice, scenario)
	}
	switch choice {
	case one:
		return nil
	default:
		return Programs
	}
}

// ForBoth runs a test, as parallel subtests, with both Helms whatever is chosen: for tests in which what one Helm does says
// nothing of the other, or which need what both have done.
func ForBoth(t *testing.T, test func(t *testing.T, p *Program)) {
	t.Helper()
	run(t, Programs, test)
}

func run(t *testing.T, programs []*Program, test func(t *testing.T, p *Program)) {
	t.Helper()
	t.Parallel()
	for _, p := range programs {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}
