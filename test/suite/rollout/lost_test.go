package rollout

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// However a deploy was out of the world for longer than its Lease holds: when another one has come and gone meanwhile, it
// ends, and so does its helm, without a write.
func TestTakenOver(t *testing.T) {
	for _, c := range []struct {
		name     string
		away, is func(p *process, through *proxy)
	}{
		{
			name: "asleep",
			away: func(p *process, _ *proxy) { p.sleep() },
			// Helm, which would go on a moment later, is dead by then.
			is: func(p *process, _ *proxy) { p.signal(syscall.SIGCONT) },
		},
		{
			name: "cut off from the API server",
			away: func(_ *process, through *proxy) { through.away.Store(true) },
			is:   func(_ *process, through *proxy) { through.away.Store(false) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.mustUpgrade(good("dev-1")...)
				var wrote []string // while the other one was there, and after
				gone := false
				through := newProxy(t, func(r request) bool {
					if gone && r.writes() {
						wrote = append(wrote, r.method+" "+r.path)
					}
					return false
				})
				first := s.bySlipway("--lease-duration", "3s").through(through).begin(append(dead(s.name), s.atomic()...)...)
				first.reaches("the wait for the pods", s.waits)
				through.mutex.Lock()
				gone = true
				through.mutex.Unlock()
				c.away(first, through)

				said := s.bySlipway().mustUpgrade(append(good("dev-2"), s.atomic()...)...)
				require.Contains(t, said, "is pending-upgrade, left by a deploy that was cut off: rolling back to revision 1")
				s.requireAsFresh("dev-2")
				history := s.history()

				helm := first.children()
				c.is(first, through)
				code, said := first.end()
				require.Equal(t, exitBusy, code)
				require.Contains(t, said, "release "+s.name+" in "+namespace+" is not ours any more: its Lease was not renewed for")
				for _, pid := range helm {
					require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "helm has ended before slipway")
				}
				through.mutex.Lock()
				require.Empty(t, wrote)
				through.mutex.Unlock()
				require.Equal(t, history, s.history())
				s.requireAsFresh("dev-2")
			})
		})
	}
}

// A deploy that was away for longer than its Lease holds goes on where nobody else has come.
func TestAwayAndNobodyCame(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for name, asleep := range map[string]bool{"asleep": true, "cut off from the API server": false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				s.mustUpgrade(good("dev-1")...)
				through := newProxy(t, nothing)
				running := s.bySlipway("--lease-duration", "3s").through(through).begin(append(dead(s.name), s.atomic()...)...)
				running.reaches("the wait for the pods", s.waits)
				if asleep {
					running.sleep()
					s.staleLease()
					running.signal(syscall.SIGCONT)
				} else {
					through.away.Store(true)
					running.reaches("the doubt", running.says("nothing is written until it is seen whose it is"))
					through.away.Store(false)
				}
				running.reaches("the look at the Lease", running.says("is still ours: going on"))
				running.signal(syscall.SIGTERM)
				code, said := running.end()
				require.Equal(t, 1, code)
				require.Contains(t, said, "has been rolled back")
				s.requireAsFresh("dev-1")
			})
		}
	})
}

// Whose Lease is in somebody else's hands ends at once; one that was deleted is made anew.
func TestLeaseByHand(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for name, taken := range map[string]bool{"deleted": false, "given to another": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				s.mustUpgrade(good("dev-1")...)
				running := s.bySlipway("--lease-duration", "15s").beginDead(nothing, s.atomic()...)
				leases := admin.Typed.CoordinationV1().Leases(namespace)
				now, err := leases.Get(t.Context(), "slipway-rollout-"+s.name, metav1.GetOptions{})
				require.NoError(t, err)
				if !taken {
					require.NoError(t, leases.Delete(t.Context(), now.Name, metav1.DeleteOptions{}))
					running.reaches("another Lease", running.says("it is made anew"))
					running.signal(syscall.SIGTERM)
					code, said := running.end()
					require.Equal(t, 1, code)
					require.Contains(t, said, "has been rolled back")
					s.requireAsFresh("dev-1")
					return
				}
				_, err = leases.Patch(t.Context(), now.Name, types.MergePatchType, []byte(`{"spec":{"holderIdentity":"job 2"}}`), metav1.PatchOptions{})
				require.NoError(t, err)
				code, said := running.end()
				require.Equal(t, exitBusy, code)
				require.Contains(t, said, "is not ours any more: job 2 has taken it over")
				require.Equal(t, "pending-upgrade", s.status(), "nothing is undone")
				require.Equal(t, "job 2", s.lease())

				said = s.bySlipway().mustUpgrade(append(good("dev-2"), s.atomic()...)...)
				require.Contains(t, said, "job 2 has not renewed its Lease")
				s.requireAsFresh("dev-2")
			})
		}
	})
}

// Ctrl-Z, which would stop slipway and not its helm, does nothing.
func TestCtrlZ(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	s.mustUpgrade(good("dev-1")...)
	running := s.bySlipway().beginDead(nothing, s.atomic()...)
	running.signal(syscall.SIGTSTP)
	running.signal(syscall.SIGTERM)
	code, said := running.end()
	require.Equal(t, 1, code)
	require.Contains(t, said, "has been rolled back")
	s.requireAsFresh("dev-1")
}

// staleLease waits until the service's Lease was not renewed for longer than it holds.
func (s service) staleLease() {
	s.t.Helper()
	leases := admin.Typed.CoordinationV1().Leases(namespace)
	eventually.NoError(s.t, "a stale Lease", func(ctx context.Context) error {
		now, err := leases.Get(ctx, "slipway-rollout-"+s.name, metav1.GetOptions{})
		if err == nil && time.Since(now.Spec.RenewTime.Time) < 2*time.Duration(*now.Spec.LeaseDurationSeconds)*time.Second {
			err = errors.New("not yet")
		}
		return err
	})
}
