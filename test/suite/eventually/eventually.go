// Package eventually waits, for the suites, until what somebody else does has come to its end.
package eventually

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Deadline of every wait: many times what a busy machine needs.
const Deadline = 5 * time.Minute

// interval between two looks.
const interval = 100 * time.Millisecond

// NoError returns when check returns nil, and fails the test where it never does, with its last error. What is waited for is
// a noun: "the end of the pods".
func NoError(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), interval, Deadline, true, func(ctx context.Context) (bool, error) {
		now := check(ctx)
		if last == nil || ctx.Err() == nil { // that the deadline has come says nothing
			last = now
		}
		return now == nil, nil
	})
	require.NoError(t, err, "%s: %v", what, last)
}
