package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The same seed makes the same plan, and another one another.
func TestReplay(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(1000) {
		p := Draw(seed)
		require.Equal(t, p, Draw(seed))
		require.GreaterOrEqual(t, len(p.Steps), fewestSteps)
		require.LessOrEqual(t, len(p.Steps), mostSteps)
		seen[p.String()] = true
	}
	require.Len(t, seen, 1000)
}

// Everything that a history can be made of is drawn.
func TestEverythingIsDrawn(t *testing.T) {
	drawn := Drawn{}
	for seed := range uint64(300) {
		drawn.Add(Draw(seed))
	}
	require.Empty(t, drawn.Missing())
}

// The control: one plan does not have everything, and what is missing is named.
func TestWhatIsNotDrawnIsNamed(t *testing.T) {
	drawn := Drawn{}
	drawn.Add(Plan{Helm: 3, Steps: []Step{{Kind: Deploy, Fault: Image}}})
	missing := drawn.Missing()
	require.NotContains(t, missing, string(Image))
	require.Contains(t, missing, string(Schema))
	require.Contains(t, missing, "helm 4")
}

// What the API server never takes back is never taken back by a plan.
func TestOneWay(t *testing.T) {
	for seed := range uint64(300) {
		p := Draw(seed)
		before := p.Wanted
		for _, step := range p.Steps {
			after := before.After(step)
			require.GreaterOrEqual(t, after.Claim, before.Claim)
			require.GreaterOrEqual(t, after.Renamed, before.Renamed)
			require.False(t, before.Frozen && !after.Frozen)
			require.False(t, after.RightLost && after.CronJob, "a cron job without the right to it")
			require.False(t, after.KindGone && after.Widget, "a widget without its definition")
			before = after
		}
	}
}

func TestLines(t *testing.T) {
	require.Equal(t, "deploy; claim grows; bad image; SIGKILL to helm after write 3; the API server answers 503 to writes for 900 ms from request 7 on",
		Step{
			Kind: Deploy, Change: Grow, Fault: Image, Cut: &Cut{Kill: true, Whom: Helm, At: Moment{Writes: true, Number: 3, Answered: true}},
			Trouble: &Trouble{Ill: Unavailable, Scope: Writes, Millis: 900, From: Moment{Number: 7}},
		}.String())
	require.Equal(t, "by hand; kubectl scale; to 0", Step{Kind: ByHand, Hand: Scale}.String())
}
