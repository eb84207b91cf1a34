package rollout

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// An API server that is away when a failed deploy is to be put right is asked again, until it is back.
func TestAPIServerAwayAfterwards(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(good("dev-1")...)
		faulty := newProxy(t, nothing)
		running := s.bySlipway().through(faulty).begin(append(dead(s.name), s.atomic()...)...)
		running.reaches("the wait for the pods", s.waits)
		var asked atomic.Int32
		faulty.failing(func(r request) int {
			if r.method == http.MethodGet && strings.HasSuffix(r.path, "/secrets") {
				asked.Add(1)
			}
			return http.StatusServiceUnavailable
		})
		running.killChildren()
		running.reaches("another try", func(context.Context) error {
			if asked.Load() < 3 {
				return errors.New("not yet")
			}
			return nil
		})
		faulty.failing(nil)
		code, said := running.end()
		require.Equal(t, 137, code)
		require.Contains(t, said, "is pending-upgrade, and helm has ended: rolling back to revision 1")
		s.requireAsFresh("dev-1")
	})
}

// A recovery that an outage of the API server cuts off is left unfinished, and the next one does not take it for the work of a
// helm that lives, though nobody holds its Lease any more.
func TestOutageDuringRecovery(t *testing.T) {
	recovers := map[string]func(s service, flags ...string) (int, string){
		"rollout": func(s service, flags ...string) (int, string) {
			return s.bySlipway(flags...).upgrade(append(good("dev-2"), s.atomic()...)...)
		},
		"recover": func(s service, flags ...string) (int, string) { return s.recover(flags...) },
	}
	byName := func(who string) string { return who }
	helmcli.ForEachVariant(t, []string{"rollout", "recover"}, byName, func(t *testing.T, who string, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(good("dev-1")...)
		s.beginDead(nothing, s.atomic()...).kill()

		faulty := newProxy(t, nothing)
		back := false
		faulty.failing(func(r request) int {
			if back && !strings.Contains(r.path, "/leases") {
				return http.StatusForbidden
			}
			back = back || r.records(s.name, 3)
			return 0
		})
		code, said := recovers[who](s.through(faulty), "--pending-timeout", "0s")
		require.NotZero(t, code, said)
		require.Equal(t, "pending-rollback", s.status())

		code, said = recovers[who](s)
		require.Zero(t, code, said)
		require.Contains(t, said, "could not finish what it had begun")
		require.Contains(t, said, "is pending-rollback, left by a deploy that was cut off: rolling back to revision 1")
		s.requireAsFresh(map[string]string{"rollout": "dev-2", "recover": "dev-1"}[who])
	})
}
