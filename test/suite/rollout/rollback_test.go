package rollout

import (
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// rollback runs `slipway rollback` to its end.
func (s service) rollback(args ...string) (exitCode int, said string) {
	s.t.Helper()
	return s.beginSlipway(append([]string{"rollback", s.name, "--namespace", namespace}, args...)...).end()
}

// revision is what `slipway revision` prints.
func (s service) revision() string {
	s.t.Helper()
	_, said := s.beginSlipway("revision", s.name, "--namespace", namespace).end()
	return said
}

// Whatever a release has gone through, it goes back to the last good revision before what is live.
func TestRollback(t *testing.T) {
	for _, c := range []struct {
		name string
		// after dev-1 and dev-2.
		after func(s service)
		args  []string
		// revision that `slipway revision` names, where that is not the one in args.
		revision int
		live     string
	}{
		{name: "a good upgrade", after: func(service) {}, revision: 1, live: "dev-1"},
		{name: "an upgrade that failed, and went back", after: func(s service) {
			code, _ := s.upgrade(append(dead(s.name), append(s.atomic(), "--timeout", "5s")...)...)
			require.Equal(s.t, 1, code)
		}, revision: 1, live: "dev-1"},
		{name: "an upgrade that failed, and stayed", after: func(s service) {
			code, _ := s.upgrade(append(dead(s.name), "--wait", "--timeout", "5s")...)
			require.Equal(s.t, 1, code)
		}, revision: 2, live: "dev-2"},
		{name: "an upgrade that was cut off", after: func(s service) {
			s.beginDead(nothing, s.atomic()...).kill()
		}, args: []string{"--pending-timeout", "0s"}, revision: 2, live: "dev-2"},
		{name: "a rollback that was cut off", after: func(s service) {
			hold := newProxy(s.t, anything)
			running := s.through(hold).beginHelm("rollback", s.name, "1")
			running.reaches("the first object", hold.isHolding)
			running.kill()
		}, args: []string{"--pending-timeout", "0s"}, revision: 1, live: "dev-1"},
		{name: "to a revision with a number", after: func(s service) { s.mustUpgrade(good("dev-3")...) }, args: []string{"1"}, revision: 2, live: "dev-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.mustUpgrade(good("dev-1")...)
				s.mustUpgrade(good("dev-2")...)
				c.after(s)
				require.Equal(t, strconv.Itoa(c.revision)+"\n", s.revision())
				code, said := s.rollback(c.args...)
				require.Zero(t, code)
				require.Contains(t, said, "slipway: + helm rollback "+s.name)
				require.Contains(t, said, "Rollback was a success")
				s.requireAsFresh(c.live)
			})
		})
	}
}

// Where there is nothing to go back to, nothing is touched.
func TestNothingToGoBackTo(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		code, said := s.rollback()
		require.Equal(t, 2, code)
		require.Contains(t, said, s.name+" in namespace "+namespace+": there is no release")

		s.mustUpgrade(good("dev-1")...)
		code, said = s.rollback()
		require.Equal(t, 2, code)
		require.Contains(t, said, "there is no good revision before the one that is live; there are:\n  1\tdeployed\tInstall complete")

		code, _ = s.upgrade(append(dead(s.name), append(s.atomic(), "--timeout", "5s")...)...)
		require.Equal(t, 1, code)
		history := s.history()
		for revision, says := range map[string]string{"2": "revision 2 (failed: Upgrade", "9": "there is no revision 9", "last": `"last" is no revision`} {
			code, said = s.rollback(revision)
			require.Equal(t, 2, code)
			require.Contains(t, said, says)
		}
		require.Equal(t, history, s.history())
		s.requireAsFresh("dev-1")
	})
}

// A rollback that is hopeless ends early, says why, and what was live before is live.
func TestHopelessRollback(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(dead(s.name)...) // good to Helm, which does not wait
		s.mustUpgrade(good("dev-2")...)
		running := s.beginSlipway("rollback", s.name, "--namespace", namespace, "--timeout", "1h")
		running.reaches("the wait for the pods", s.waits)
		s.refuseImage()
		code, said := running.end()
		require.NotZero(t, code)
		require.Contains(t, said, "telling helm to stop")
		require.Contains(t, said, "deployment "+s.name+" has failed: container "+s.name)
		s.requireAsFresh("dev-2")
	})
}

// While a deploy runs nobody rolls back or recovers beside it.
func TestRollbackBesideADeploy(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(good("dev-1")...)
		s.mustUpgrade(good("dev-2")...)
		running := s.bySlipway().beginDead(nothing, s.atomic()...)
		for _, verb := range []string{"rollback", "recover"} {
			code, said := s.beginSlipway(verb, s.name, "--namespace", namespace).end()
			require.Equal(t, exitBusy, code)
			require.Contains(t, said, "is being deployed by ")
		}
		running.signal(syscall.SIGTERM)
		code, _ := running.end()
		require.Equal(t, 1, code)
		s.requireAsFresh("dev-2")
	})
}
