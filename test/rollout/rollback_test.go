package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/helm"
)

// Where a rollback leads, and where it refuses to.
func TestTarget(t *testing.T) {
	t.Parallel()
	const complete, failed = "Upgrade complete", `Upgrade "app" failed: timed out`
	h := of([3]string{helm.Superseded, complete}, [3]string{helm.Superseded, complete}, [3]string{helm.Failed, failed}, [3]string{helm.Deployed, "Rollback to 2"})
	for _, c := range []struct {
		name    string
		history helm.History
		number  int
		force   bool
		want    int
		says    string
	}{
		{name: "the last good one", history: h, want: 1},
		{name: "a good one by its number", history: h, number: 2, want: 2},
		{name: "the live one", history: h, number: 4, want: 4},
		{name: "one that failed", history: h, number: 3, says: "revision 3 (failed: " + failed + ") was never live as a whole; name a good one, or add --force to go there all the same:\n  1\tsuperseded\tUpgrade complete\n  2\t"},
		{name: "one that failed, by force", history: h, number: 3, force: true, want: 3},
		{name: "one that is not there", history: h, number: 7, force: true, says: "there is no revision 7; the good ones are:\n  1\t"},
		{name: "the only one", history: h[3:], says: "there is no good revision before the one that is live; there are:\n  4\tdeployed\tRollback to 2"},
		{name: "a first install that was cut off", history: of([3]string{helm.PendingInstall, "Initial install underway"}), number: 1, force: true, says: "there is no good revision"},
		{name: "no release", says: "there is no release"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			to, err := target(c.history, c.number, c.force)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, to.Number)
		})
	}
}
