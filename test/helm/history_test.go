package helm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// histories of a release, and what is before the live revision.
func TestGoodBefore(t *testing.T) {
	t.Parallel()
	const installed, upgraded, failed = "Install complete", "Upgrade complete", `Upgrade "orders" failed: timed out`
	for name, c := range map[string]struct {
		history History
		before  int
		says    string
	}{
		"the one before": {
			history: History{kept(1, Superseded, installed), kept(2, Superseded, upgraded), kept(3, Deployed, upgraded)},
			before:  2,
		},
		"a failed upgrade that went back by itself": {
			history: History{kept(1, Superseded, installed), kept(2, Superseded, upgraded), kept(3, Failed, failed), kept(4, Deployed, "Rollback to 2")},
			before:  1,
		},
		"a failed upgrade that stayed": {
			history: History{kept(1, Superseded, installed), kept(2, Deployed, upgraded), kept(3, Failed, failed)},
			before:  2,
		},
		"an upgrade that was cut off": {
			history: History{kept(4, Superseded, upgraded), kept(5, Deployed, upgraded), kept(6, PendingUpgrade, "Preparing upgrade")},
			before:  5,
		},
		"a failed upgrade whose own way back was cut off": {
			history: History{kept(4, Superseded, upgraded), kept(5, Deployed, upgraded), kept(6, Failed, failed), kept(7, PendingRollback, "Rollback to 5")},
			before:  5,
		},
		"a rollback that was cut off": {
			history: History{kept(4, Superseded, upgraded), kept(5, Deployed, upgraded), kept(6, PendingRollback, "Rollback to 4")},
			before:  4,
		},
		"a rollback to a failed revision that was cut off": {
			history: History{kept(3, Superseded, failed), kept(5, Deployed, upgraded), kept(6, PendingRollback, "Rollback to 3")},
			before:  5,
		},
		"a rollback that failed": {
			history: History{kept(4, Superseded, upgraded), kept(5, Superseded, upgraded), kept(6, Failed, `Rollback "orders" failed: timed out`)},
			before:  5,
		},
		"twice in a row": {
			history: History{kept(1, Superseded, installed), kept(2, Superseded, upgraded), kept(3, Superseded, upgraded), kept(4, Deployed, "Rollback to 2")},
			before:  1,
		},
		"a way back to a way back": {
			history: History{kept(1, Superseded, installed), kept(2, Superseded, upgraded), kept(3, Superseded, upgraded),
				kept(4, Superseded, "Rollback to 2"), kept(5, Superseded, upgraded), kept(6, Deployed, "Rollback to 4")},
			before: 1,
		},
		"a way back with a description of its own": {
			history: History{kept(1, Superseded, installed), kept(2, Superseded, upgraded), kept(3, Superseded, upgraded),
				{Number: 4, Info: Info{Status: Deployed, Description: "incident 7", RollbackRevision: 2}}},
			before: 1,
		},
		"forward again": {
			history: History{kept(3, Superseded, "Rollback to 1"), kept(4, Superseded, upgraded), kept(5, Deployed, upgraded)},
			before:  4,
		},
		"a copy of one that is not kept any more": {
			history: History{kept(3, Superseded, "Rollback to 1"), kept(4, Failed, failed), kept(5, Deployed, upgraded)},
			before:  3,
		},
		"superseded, and never good": {
			history: History{kept(1, Superseded, installed), kept(2, Superseded, `Release "orders" failed: context canceled`), kept(3, Deployed, upgraded)},
			before:  1,
		},
		"descriptions of one's own": {
			history: History{kept(1, Superseded, "commit 1a"), kept(2, Superseded, "commit 2b"), kept(3, Deployed, "commit 3c")},
			before:  2,
		},
		"the first": {
			history: History{kept(1, Deployed, installed)},
			says:    "there is no good revision before the one that is live; there are:\n  1\tdeployed\tInstall complete",
		},
		"nothing but failures": {
			history: History{kept(1, Failed, `Release "orders" failed: timed out`), kept(2, Failed, failed)},
			says:    "there is no good revision before the one that is live",
		},
		"a first install that was cut off": {
			history: History{kept(1, PendingInstall, "Initial install underway")},
			says:    "there is no good revision before the one that is live",
		},
		"nothing": {says: "there is no release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := c.history.GoodBefore()
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.before, before.Number)
		})
	}
}

func kept(number int, status, description string) Revision {
	return Revision{Number: number, Info: Info{Status: status, Description: description}}
}

func TestGood(t *testing.T) {
	t.Parallel()
	h := History{
		kept(1, Superseded, "Install complete"), kept(2, Superseded, `Upgrade "orders" failed: timed out`), kept(3, Failed, "x"),
		kept(4, Superseded, "superseded by new release"), kept(5, PendingUpgrade, "Preparing upgrade"),
	}
	good, ok := h.Good()
	require.True(t, ok)
	require.Equal(t, 1, good.Number)
	require.Equal(t, "  1\tsuperseded\tInstall complete", h.AllGood().String())
	recorded, ok := h.Recorded()
	require.True(t, ok)
	require.Equal(t, 5, recorded.Number, "nothing is deployed: the newest")

	_, ok = History{}.Recorded()
	require.False(t, ok)
	_, ok = h[4:].Good()
	require.False(t, ok)
}
