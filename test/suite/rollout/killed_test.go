package rollout

import (
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const inProgress = "another operation (install/upgrade/rollback) is in progress"

// stages at which a deploy is cut off.
var stages = []struct {
	name    string
	upgrade bool // of a good revision; else the first install
	holds   func(request) bool
	state   string // that SIGKILL leaves
}{
	{"install before any object", false, anything, "pending-install"},
	{"install while waiting", false, nothing, "pending-install"},
	{"upgrade before any object", true, anything, "pending-upgrade"},
	{"upgrade while waiting", true, nothing, "pending-upgrade"},
}

// Whatever a deploy was killed at, the next one needs no help.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, stage := range stages {
		t.Run(stage.name, func(t *testing.T) {
			byName := func(who string) string { return who }
			helmcli.ForEachVariant(t, []string{"helm", "slipway"}, byName, func(t *testing.T, who string, p *helmcli.Program) {
				s := newService(t, p)
				if stage.upgrade {
					s.mustUpgrade(good("dev-1")...)
				}
				first, flags := s, []string{"--pending-timeout", "0s"}
				if who == "slipway" {
					first, flags = s.bySlipway("--lease-duration", "3s"), nil
				}
				first.beginDead(stage.holds, s.atomic()...).kill()
				require.Equal(t, stage.state, s.status())

				code, said := s.upgrade(good("dev-2")...)
				require.NotZero(t, code, "plain helm does not recover")
				require.Contains(t, said, inProgress)

				said = s.bySlipway(flags...).mustUpgrade(append(good("dev-2"), s.atomic()...)...)
				require.Contains(t, said, "is "+stage.state+", left by a deploy that was cut off")
				s.requireAsFresh("dev-2")
			})
		})
	}
}

// A signal to slipway is one to helm, which goes back; what helm leaves on the way is put right.
func TestTerminated(t *testing.T) {
	t.Parallel()
	for _, stage := range stages {
		signals := []syscall.Signal{syscall.SIGTERM}
		if stage.name == "upgrade while waiting" { // it is the same to Helm
			signals = append(signals, syscall.SIGINT)
		}
		for _, signal := range signals {
			t.Run(stage.name+" by "+signal.String(), func(t *testing.T) {
				helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
					s := newService(t, p)
					if stage.upgrade {
						s.mustUpgrade(good("dev-1")...)
					}
					hold := newProxy(t, stage.holds)
					running := s.bySlipway().through(hold).begin(append(dead(s.name), s.atomic()...)...)
					running.reachesStage(s, hold)
					running.signal(signal)
					running.reaches("the signal to helm", running.says("Release "+s.name+" has been cancelled"))
					running.signal(signal) // changes nothing
					hold.release()
					code, said := running.end()
					require.Equal(t, 1, code)
					require.Contains(t, said, "context canceled")
					if stage.upgrade {
						s.requireAsFresh("dev-1")
					} else {
						require.Empty(t, s.status())
						require.Empty(t, s.objects())
						require.Empty(t, s.lease())
					}
					s.bySlipway().mustUpgrade(append(good("dev-2"), s.atomic()...)...)
					s.requireAsFresh("dev-2")
				})
			})
		}
	}
}

// Helm that was killed while it went back itself, and other ends of a deploy that the next one has to deal with.
func TestCutOffOnTheWayBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		upgrade bool
		// holds returns the rule that stops Helm on its way back.
		holds func(s service) func(request) bool
		state string
		says  string // what plain helm says then
	}{
		{"rollback", true, func(s service) func(request) bool {
			back := false
			return func(r request) bool {
				back = back || r.records(s.name, 3)
				return back && r.changesObjects()
			}
		}, "pending-rollback", inProgress},
		{"uninstall", false, func(service) func(request) bool {
			return func(r request) bool { return r.method == http.MethodDelete && r.changesObjects() }
		}, "uninstalling", "has no deployed releases"},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				if c.upgrade {
					s.mustUpgrade(good("dev-1")...)
				}
				hold := newProxy(t, c.holds(s))
				running := s.through(hold).begin(append(dead(s.name), s.atomic()...)...)
				running.reaches("the wait for the pods", s.waits)
				running.signal(syscall.SIGTERM)
				running.reaches("the way back", hold.isHolding)
				running.kill()
				require.Equal(t, c.state, s.status())

				code, said := s.upgrade(good("dev-2")...)
				require.NotZero(t, code, "plain helm does not recover")
				require.Contains(t, said, c.says)

				said = s.bySlipway("--pending-timeout", "0s").mustUpgrade(append(good("dev-2"), s.atomic()...)...)
				require.Contains(t, said, "is "+c.state+", left by a deploy that was cut off")
				s.requireAsFresh("dev-2")
			})
		})
	}
}

// A failed upgrade that was not to be rolled back is, before the next one.
func TestFailedAndNotRolledBack(t *testing.T) {
	t.Parallel()
	fail := func(t *testing.T, s service) {
		running := s.beginDead(nothing, "--wait")
		running.signal(syscall.SIGTERM)
		code, _ := running.end()
		require.Equal(t, 1, code)
		require.Equal(t, "failed", s.status())
	}
	for name, scenario := range map[string]func(t *testing.T, s service){
		"upgrade": func(t *testing.T, s service) {
			s.mustUpgrade(good("dev-1")...)
			fail(t, s)
			require.Contains(t, s.bySlipway().mustUpgrade(good("dev-2")...), "is failed, left by a deploy that was cut off: rolling back to revision 1")
			s.requireAsFresh("dev-2")
		},
		"install": func(t *testing.T, s service) {
			fail(t, s)
			require.NotContains(t, s.bySlipway().mustUpgrade(good("dev-2")...), "slipway: revision")
			s.requireAsFresh("dev-2")
		},
		"by slipway": func(t *testing.T, s service) {
			s.mustUpgrade(good("dev-1")...)
			fail(t, s.bySlipway())
			s.bySlipway().mustUpgrade(good("dev-2")...)
			s.requireAsFresh("dev-2")
		},
		"control": func(t *testing.T, s service) {
			s.mustUpgrade(good("dev-1")...)
			fail(t, s)
			s.mustUpgrade(good("dev-2")...)
			require.Contains(t, s.objects(), "ConfigMap/RELEASE-dead", "plain helm leaves an object of the failed revision")
		},
	} {
		t.Run(name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) { scenario(t, newService(t, p)) })
		})
	}
}

// Helm that dies while slipway runs it is recovered from at once.
func TestHelmDies(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(good("dev-1")...)
		running := s.bySlipway().beginDead(nothing, s.atomic()...)
		running.killChildren()
		code, said := running.end()
		require.Equal(t, 137, code)
		require.Contains(t, said, "is pending-upgrade, and helm has ended: rolling back to revision 1")
		s.requireAsFresh("dev-1")
	})
}
