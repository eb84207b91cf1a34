package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// What somebody has changed by hand since a deploy that was cut off does not keep it from being rolled back. Helm 4 does
// not put such a field back unless it is forced to.
func TestChangedByHand(t *testing.T) {
	t.Parallel()
	scale := func(s service) []string { return []string{"scale", "deployment/" + s.name, "--replicas=2"} }
	setImage := func(s service) []string {
		return []string{"set", "image", "deployment/" + s.name, s.container() + "=registry.example.com/the-project/example-microservice:dev-0"}
	}
	// cutOff returns a service whose upgrade was cut off, and was then changed by hand.
	cutOff := func(t *testing.T, kubectl func(s service) []string) service {
		s := newService(t, helmcli.Helm4)
		s.mustUpgrade(good("dev-1")...)
		s.beginDead(nothing, s.atomic()...).kill()
		hand := helmcli.Terminal{T: t, Program: s.program, Kubeconfig: admin.Kubeconfig}
		hand.Must("kubectl", append(kubectl(s), "--namespace", namespace)...)
		return s
	}
	for name, kubectl := range map[string]func(s service) []string{"kubectl scale": scale, "kubectl set image": setImage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := cutOff(t, kubectl)
			said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(good("dev-2")...)
			require.Contains(t, said, "is pending-upgrade, left by a deploy that was cut off: rolling back to revision 1")
			s.requireAsFresh("dev-2")
		})
	}
	t.Run("control", func(t *testing.T) {
		t.Parallel()
		s := cutOff(t, setImage)
		code, said := s.beginHelm("rollback", s.name, "1").end()
		require.Equal(t, 1, code, "plain helm is refused")
		require.Contains(t, said, `conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="`+s.container()+`"].image`)
		require.Equal(t, "failed", s.status())
	})
}
