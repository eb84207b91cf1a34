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
