package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPhase(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	phase := Join(
		Phase{Began: early, Streams: []Stream{{Name: "Ingress, GET, short", Microseconds: []int64{1000, 3000, 2000}, Failures: []Failure{{Due: late, Error: "b"}}}}},
		Phase{Began: late, Streams: []Stream{{Name: "Service, GET, long", Microseconds: []int64{9000}, Failures: []Failure{{Due: early, Error: "a"}}}}},
	)
	require.Equal(t, early, phase.Began)
	require.Equal(t, 4, phase.Requests())
	failures := phase.Failures()
	require.Len(t, failures, 2)
	require.Equal(t, "Service, GET, long: a", failures[0].Error)
	require.Equal(t, "Ingress, GET, short: b", failures[1].Error)

	require.Equal(t, 1, phase.Only("GET", "long").Requests())
	require.Zero(t, phase.Only("G").Requests(), "whole words")
	require.Equal(t, []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond}, phase.Only("short").Percentiles(0, 50, 100))
	require.Equal(t, []time.Duration{0}, Phase{}.Percentiles(50))
}
