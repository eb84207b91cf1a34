package takeover

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/wait"
)

// deadline of every wait: many times what a busy machine needs.
const deadline = 3 * time.Minute

// eventually fails the test unless check returns nil before the deadline.
func eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, deadline, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	require.NoError(t, err, "%s: %v", what, last)
}

func nothingLeaves(all objects) error {
	for key, object := range all {
		if object.GetDeletionTimestamp() != nil {
			return fmt.Errorf("%s is about to go", key)
		}
	}
	return nil
}
