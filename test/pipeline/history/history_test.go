package history_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/history"
)

func TestLastGood(t *testing.T) {
	t.Parallel()
	type revisions = []history.Revision
	for name, c := range map[string]struct {
		revisions revisions
		good      int
		says      string
	}{
		"the one before": {
			revisions: revisions{{1, "superseded", "Install complete"}, {2, "superseded", "Upgrade complete"}, {3, "deployed", "Upgrade complete"}},
			good:      2,
		},
		"a failed upgrade that went back by itself": {
			revisions: revisions{{1, "superseded", "Install complete"}, {2, "superseded", "Upgrade complete"},
				{3, "failed", `Upgrade "orders" failed: timed out`}, {4, "deployed", "Rollback to 2"}},
			good: 1,
		},
		"after a failed upgrade that stayed": {
			revisions: revisions{{1, "superseded", "Install complete"}, {2, "deployed", "Upgrade complete"}, {3, "failed", "Upgrade failed"}},
			good:      1,
		},
		"twice in a row": {
			revisions: revisions{{1, "superseded", "Install complete"}, {2, "superseded", "Upgrade complete"},
				{3, "superseded", "Upgrade complete"}, {4, "deployed", "Rollback to 2"}},
			good: 1,
		},
		"a way back to a way back": {
			revisions: revisions{{1, "superseded", "Install complete"}, {2, "superseded", "Upgrade complete"}, {3, "superseded", "Upgrade complete"},
				{4, "superseded", "Rollback to 2"}, {5, "superseded", "Upgrade complete"}, {6, "deployed", "Rollback to 4"}},
			good: 1,
		},
		"forward again": {
			revisions: revisions{{3, "superseded", "Rollback to 1"}, {4, "superseded", "Upgrade complete"}, {5, "deployed", "Upgrade complete"}},
			good:      4,
		},
		"the first": {
			revisions: revisions{{1, "deployed", "Install complete"}},
			says:      "there is no good revision before the one that is live; there are:\n  1\tdeployed\tInstall complete",
		},
		"nothing but failures": {
			revisions: revisions{{1, "failed", "Release failed"}, {2, "failed", "Upgrade failed"}},
			says:      "there is no good revision",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good, err := history.LastGood(c.revisions)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.good, good)
		})
	}
}
