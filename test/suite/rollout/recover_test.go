package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// recover runs `slipway recover` to its end.
func (s service) recover(args ...string) (exitCode int, said string) {
	s.t.Helper()
	return s.beginSlipway(append([]string{"recover", s.name, "--namespace", namespace}, args...)...).end()
}

// What an after_script does when its job was cut off: the release is as it was, and nobody waits for a stale Lease.
func TestRecover(t *testing.T) {
	for _, stage := range stages {
		t.Run(stage.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				for _, who := range []string{"helm", "slipway"} {
					t.Run(who, func(t *testing.T) {
						t.Parallel()
						s := newService(t, p)
						s.env = gitlab
						if stage.upgrade {
							s.mustUpgrade(good("dev-1")...)
						}
						first, flags := s, []string{"--pending-timeout", "0s"}
						if who == "slipway" {
							first, flags = s.bySlipway(), nil
						}
						first.beginDead(stage.holds, s.atomic()...).kill()
						require.Equal(t, stage.state, s.status())

						code, said := s.recover(flags...)
						require.Zero(t, code)
						require.Contains(t, said, "is "+stage.state+", left by a deploy that was cut off")
						require.Contains(t, said, "release "+s.name+" is ready for the next deploy")
						require.NotContains(t, said, "seeing whether it is renewed")
						if stage.upgrade {
							// Of a deploy that had written nothing there is nothing to undo: its record says that it failed.
							s.requireLive("dev-1")
							require.NotContains(t, s.status(), "pending")
						} else {
							require.Empty(t, s.status())
							require.Empty(t, s.objects())
							require.Empty(t, s.lease())
						}
					})
				}
			})
		})
	}
}

// Another job's deploy that was killed a moment ago is watched first.
func TestRecoverAfterAnotherJob(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(good("dev-1")...)
		s.bySlipway("--lease-duration", "3s").beginDead(nothing, s.atomic()...).kill()
		s.env = gitlab
		code, said := s.recover()
		require.Zero(t, code)
		require.Contains(t, said, "seeing whether it is renewed, for 3s")
		s.requireAsFresh("dev-1")
	})
}

// Where nothing is to be recovered nothing is done.
func TestNothingToRecover(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		code, said := s.recover()
		require.Zero(t, code)
		require.Contains(t, said, "release "+s.name+" is ready for the next deploy, which installs it")
		s.mustUpgrade(good("dev-1")...)
		history := s.history()
		code, said = s.recover()
		require.Zero(t, code)
		require.Contains(t, said, "release "+s.name+" is ready for the next deploy: revision 1 is deployed")
		require.Equal(t, history, s.history())
		s.requireAsFresh("dev-1")
	})
}

// What client-go logs, such as the API server's warnings, does not reach the terminal.
func TestClientLog(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	s.mustUpgrade(good("dev-1")...)
	warns := newProxy(t, nothing)
	warns.warns.Store(true)
	code, said := s.through(warns).recover()
	require.Zero(t, code)
	require.Equal(t, "slipway: release "+s.name+" is ready for the next deploy: revision 1 is deployed\n", said)
}
