package main

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSummary(t *testing.T) {
	const ms = time.Millisecond
	s := summary{
		small:  cost{releases: 300, versions: 8, clock: 3000 * ms, processor: 4800 * ms},
		large:  cost{releases: 3000, versions: 8, clock: 24000 * ms, processor: 36000 * ms, memory: 150 << 20, steps: map[string]time.Duration{"render": 300 * ms, "values": 99 * ms, "rules": ms}},
		loop:   cost{releases: 30, versions: 8, clock: 24000 * ms, processor: 43200 * ms},
		looped: cost{releases: 30, versions: 8, clock: 480 * ms, processor: 720 * ms},

		unittest:      cost{releases: 300, versions: 1, clock: 7500 * ms, processor: 9000 * ms},
		withoutSchema: cost{releases: 300, versions: 1, clock: 3000 * ms, processor: 3300 * ms},
		alone:         cost{releases: 300, versions: 1, clock: 3000 * ms, processor: 3000 * ms, steps: map[string]time.Duration{"render": 2000 * ms}},
	}
	text := s.String()
	for _, want := range []string{
		"| `slipway check` | 3000 x 8 | 24.0 | 36.0 | 1.00 | 1.50 | 150 |\n",
		"A release takes 0.75 times the processor time of one of the small fleet. Where the time goes: render 75 %, values 25 %.\n",
		"| the loop: `helm template` piped to `kubeconform -strict` | 30 x 8 | 24.0 | 43.2 | 100.00 | 180.00 | 0 |\n",
		"has 100.0 times (120.0 in processor time) the throughput of the loop, and over the loop's own releases, its start included, 50.0 times (60.0 in processor time).\n",
		"takes 2.5 times (3.0 in processor time) as long as all of `slipway check`, and without the schema 1.0 times (1.1 in processor time);\n",
		"against its render alone, 6.67 ms on the clock, that is 3.8 and 1.5 times.\n",
	} {
		require.Contains(t, text, want)
	}
}

func TestMeasure(t *testing.T) {
	script := "echo '3 renders in 142ms; time of all workers by step:'; echo '  render       1.053s'; echo '  values       21ms'"
	took, out, err := measure(exec.Command("bash", "-c", script), 3, 8)
	require.NoError(t, err)
	require.Contains(t, out, "3 renders")
	require.Equal(t, map[string]time.Duration{"render": 1053 * time.Millisecond, "values": 21 * time.Millisecond}, took.steps)
	require.Positive(t, took.clock)
	require.Positive(t, took.memory)

	_, _, err = measure(exec.Command("bash", "-c", "echo why >&2; exit 3"), 1, 1)
	require.ErrorContains(t, err, "exit status 3\nwhy")
}

func TestValid(t *testing.T) {
	const good = "Summary: 8 resources found parsing stdin - Valid: 8, Invalid: 0, Errors: 0, Skipped: 0\n"
	require.Equal(t, 2, valid(good+good))
	for name, line := range map[string]string{
		"invalid": "Summary: 8 resources found parsing stdin - Valid: 7, Invalid: 1, Errors: 0, Skipped: 0\n",
		"skipped": "Summary: 8 resources found parsing stdin - Valid: 7, Invalid: 0, Errors: 0, Skipped: 1\n",
		"nothing": "Summary: 0 resources found parsing stdin - Valid: 0, Invalid: 0, Errors: 0, Skipped: 0\n",
	} {
		require.Equal(t, 1, valid(line+good), name)
	}
}
