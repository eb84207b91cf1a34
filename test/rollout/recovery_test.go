package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/helm"
)

// of returns a history of revisions, each with its status, description and manifest.
func of(revisions ...[3]string) helm.History {
	var h helm.History
	for i, r := range revisions {
		one := helm.Revision{Number: i + 1, Manifest: r[2]}
		one.Info.Status, one.Info.Description = r[0], r[1]
		h = append(h, one)
	}
	return h
}

func TestRecovery(t *testing.T) {
	const complete, prepared, gone = "Install complete", "Preparing upgrade", `Release "app" failed: context canceled`
	for _, c := range []struct {
		name    string
		history helm.History
		want    recovery
		forget  []int
	}{
		{name: "no release"},
		{name: "all is well", history: of([3]string{helm.Deployed, complete, "a"})},
		{name: "pending install", history: of([3]string{helm.PendingInstall, "", "a"}), want: recovery{uninstall: true}},
		{name: "uninstalling", history: of([3]string{helm.Uninstalling, "", "a"}), want: recovery{uninstall: true}},
		{name: "first install failed", history: of([3]string{helm.Failed, gone, "a"})},
		{name: "pending upgrade", history: of([3]string{helm.Deployed, complete, "a"}, [3]string{helm.PendingUpgrade, prepared, "b"}), want: recovery{rollback: 1}},
		{
			name:    "pending upgrade without a change",
			history: of([3]string{helm.Deployed, complete, "a"}, [3]string{helm.PendingUpgrade, prepared, "a"}), want: recovery{rollback: 1},
		},
		{
			name:    "pending upgrade of a first install that failed",
			history: of([3]string{helm.Failed, gone, "a"}, [3]string{helm.PendingUpgrade, prepared, "b"}), want: recovery{rollback: 1},
		},
		{
			name:    "pending rollback",
			history: of([3]string{helm.Deployed, complete, "a"}, [3]string{helm.Failed, gone, "b"}, [3]string{helm.PendingRollback, "Rollback to 1", "a"}),
			want:    recovery{rollback: 1}, forget: []int{3},
		},
		{
			name: "a rollback that failed, and one more that was cut off",
			history: of([3]string{helm.Deployed, complete, "a"}, [3]string{helm.Superseded, gone, "b"}, [3]string{helm.Failed, `Rollback "app" failed`, "a"},
				[3]string{helm.PendingRollback, "Rollback to 1", "a"}),
			want: recovery{rollback: 1}, forget: []int{4, 3},
		},
		{
			name:    "somebody's own rollback to an older revision, cut off",
			history: of([3]string{helm.Superseded, complete, "a"}, [3]string{helm.Deployed, "Upgrade complete", "b"}, [3]string{helm.PendingRollback, "Rollback to 1", "a"}),
			want:    recovery{rollback: 2},
		},
		{name: "failed", history: of([3]string{helm.Deployed, complete, "a"}, [3]string{helm.Failed, gone, "b"}), want: recovery{rollback: 1}},
		{
			name:    "superseded is not always good",
			history: of([3]string{helm.Superseded, complete, "a"}, [3]string{helm.Superseded, gone, "b"}, [3]string{helm.Failed, gone, "c"}),
			want:    recovery{rollback: 1},
		},
		{
			name: "pending upgrade after a rollback",
			history: of([3]string{helm.Superseded, complete, "a"}, [3]string{helm.Failed, gone, "b"}, [3]string{helm.Deployed, "Rollback to 1", "a"},
				[3]string{helm.PendingUpgrade, prepared, "c"}),
			want: recovery{rollback: 3},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := recoveryOf(c.history)
			var forget []int
			for _, one := range got.forget {
				forget = append(forget, one.Number)
			}
			require.Equal(t, c.forget, forget)
			got.forget = nil
			require.Equal(t, c.want, got)
		})
	}
}

func TestWentBack(t *testing.T) {
	h := of([3]string{helm.Superseded, "Install complete", "a"}, [3]string{helm.Failed, "", "b"}, [3]string{helm.Deployed, "Rollback to 1", "a"})
	floor, ok := wentBack(h)
	require.True(t, ok)
	require.Equal(t, 1, floor)
	good, _ := h.Good()
	back := wayBack(h, good, floor)
	require.Equal(t, 1, back.rollback)
	require.Equal(t, []helm.Revision{h[2]}, back.forget)

	_, ok = wentBack(of([3]string{helm.Superseded, "Install complete", "a"}, [3]string{helm.Failed, "", "b"}, [3]string{helm.Deployed, "Upgrade complete", "c"}))
	require.False(t, ok)
	_, ok = wentBack(of([3]string{helm.Superseded, "Install complete", "a"}, [3]string{helm.Deployed, "Rollback to 1", "a"}))
	require.False(t, ok, "nothing had failed")
}
