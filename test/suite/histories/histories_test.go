package histories

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// fewSeeds are of the fewest histories that have everything which a history can be made of. `make histories` plays them, and `make
// test` the first one.
var fewSeeds = []uint64{157, 18861, 6096, 19573, 16571, 16932, 3348, 864, 123, 973, 178, 1145}

// seeds are those of the histories to play.
func seeds() []uint64 {
	switch {
	case *count > 0:
		return seedsFrom(*count)
	case *few:
		return fewSeeds
	}
	return fewSeeds[:1]
}

func TestHistories(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			plan := model.Draw(seed)
			said, err := play(t.Context(), today, plan)
			if err == nil {
				return
			}
			broken, ok := errors.AsType[breach](err)
			require.True(t, ok, "could not be played: %v\n%s\n%s", err, plan, said)
			t.Logf("broken, made shorter now: %s\n%s", broken.promise, plan)
			small, said, err := shrink(t.Context(), plan, broken.promise, said, err)
			t.Errorf("BROKEN %s\nplayed again by: go test ./test/suite/histories -run TestHistories -histories 1 -seed %d\n%s\n%v\n\n%s", broken.promise, seed, small, err, said)
		})
	}
}

// shrink leaves out steps of a plan that breaks a promise, and returns the smallest one that it found, with what was said.
func shrink(ctx context.Context, plan model.Plan, broken promise, said string, err error) (model.Plan, string, error) {
	plan.Steps = model.Shrink(plan.Steps, *tries, func(fewer []model.Step) bool {
		smaller := plan
		smaller.Steps = fewer
		nowSaid, now := play(ctx, today, smaller)
		again, ok := errors.AsType[breach](now)
		if !ok || again.promise != broken {
			return false
		}
		said, err = nowSaid, now
		return true
	})
	return plan, said, err
}

// A few histories have everything that a history can be made of.
func TestFewHaveEverything(t *testing.T) {
	t.Parallel()
	drawn := model.Drawn{}
	for _, seed := range fewSeeds {
		drawn.Add(model.Draw(seed))
	}
	require.Empty(t, drawn.Missing())
}
