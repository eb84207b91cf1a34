package rollout

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Whatever a deploy was killed at, and however, the next one needs no help.
func TestKilled(t *testing.T) {
	for _, c := range []struct {
		name    string
		upgrade bool // of a good revision; else the first install
		writes  bool // before Helm writes the first object; else while it waits for the pods
		state   string
	}{
		{name: "install before any object", writes: true, state: "pending-install"},
		{name: "install while waiting", state: "pending-install"},
		{name: "upgrade before any object", upgrade: true, writes: true, state: "pending-upgrade"},
		{name: "upgrade while waiting", upgrade: true, state: "pending-upgrade"},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				for _, who := range []string{"helm", "slipway"} {
					t.Run(who, func(t *testing.T) {
						t.Parallel()
						s := newService(t, p)
						if c.upgrade {
							s.mustUpgrade(good("dev-1")...)
						}
						first, flags := s, []string{"--pending-timeout", "0s"}
						if who == "slipway" {
							first, flags = s.bySlipway("--lease-duration", "3s"), nil
						}
						hold := newProxy(t, func(r request) bool { return c.writes && r.changesObjects() })
						running := first.through(hold).begin(append(dead(s.name), s.atomic()...)...)
						if c.writes {
							running.reaches("the first object", hold.isHolding)
						} else {
							running.reaches("the wait for the pods", s.waits)
							require.Contains(t, s.objects(), "ConfigMap/RELEASE-dead", "what is to be gone later is there")
						}
						running.signal(syscall.SIGKILL)
						running.end()
						require.Equal(t, c.state, s.status())

						code, said := s.upgrade(good("dev-2")...)
						require.NotZero(t, code, "plain helm does not recover")
						require.Contains(t, said, "another operation (install/upgrade/rollback) is in progress")

						said = s.bySlipway(flags...).mustUpgrade(append(good("dev-2"), s.atomic()...)...)
						require.Contains(t, said, "is "+c.state+", left by a deploy that was cut off")
						s.requireAsFresh("dev-2")
					})
				}
			})
		})
	}
}
