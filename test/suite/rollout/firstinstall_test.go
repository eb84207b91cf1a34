package rollout

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// A first install that was cut off when its pods served already is deployed over: nothing of it is made anew, and what only
// it had is gone in the end.
func TestFirstInstallThatServes(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.cutOffInTheEnd(append(s.withMore("dev-1"), "--set", "env.DEAD=yes")...)
		deployment, service := s.uids()

		said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(append(good("dev-2"), s.atomic()...)...)
		require.Contains(t, said, "is pending-install, left by a deploy that was cut off: deploying over it, since Deployment/"+s.name+" serves")
		s.requireAsFresh("dev-2")
		nowDeployment, nowService := s.uids()
		require.Equal(t, deployment, nowDeployment)
		require.Equal(t, service, nowService)
	})
}

// cutOffInTheEnd installs the service by plain helm, which is killed when all is ready, before it can record that.
func (s service) cutOffInTheEnd(args ...string) {
	s.t.Helper()
	hold := newProxy(s.t, func(r request) bool {
		return r.method == http.MethodPut && strings.Contains(r.path, "/secrets/sh.helm.release.v1."+s.name)
	})
	install := s.through(hold).begin(append(args, "--wait")...)
	install.reaches("the end of the install", hold.isHolding)
	install.kill()
	require.Equal(s.t, "pending-install", s.status())
}

// A claim is never deleted, however often the first install is cut off, and whether the chart keeps it or not.
func TestFirstInstallWithClaim(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for name, flags := range map[string][]string{
			"kept":     {"--set", "volumes.data.claim.keep=true"},
			"not kept": {"--set", "volumes.data.claim.keep=false"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				s.makeVolume()
				withClaim := append(s.claim("1Gi"), flags...)
				s.beginDead(nothing, append(withClaim, s.atomic()...)...).kill()
				claim := s.claimUID()
				s = s.bySlipway("--pending-timeout", "0s")

				again := s.begin(append(dead(s.name), append(withClaim, "--wait")...)...)
				again.reaches("the second revision", func(context.Context) error {
					if status := s.status(); status != "pending-upgrade" {
						return errors.New(status)
					}
					return nil
				})
				again.kill()
				require.Contains(t, again.said.String(), "deploying over it, since PersistentVolumeClaim/"+s.name+"-data would be lost")
				require.Equal(t, claim, s.claimUID())

				s.mustUpgrade(append(good("dev-1"), withClaim...)...)
				require.Equal(t, claim, s.claimUID())
				require.Equal(t, "deployed", s.status())
				require.NotContains(t, s.objects(), "ConfigMap/RELEASE-dead")
			})
		}
	})
}

// uids of the service's Deployment and Service.
func (s service) uids() (deployment, service types.UID) {
	s.t.Helper()
	d, err := admin.Typed.AppsV1().Deployments(namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	v, err := admin.Typed.CoreV1().Services(namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	return d.UID, v.UID
}

// claimUID is that of the service's claim, which is not being deleted.
func (s service) claimUID() types.UID {
	s.t.Helper()
	claim, err := admin.Typed.CoreV1().PersistentVolumeClaims(namespace).Get(s.t.Context(), s.name+"-data", metav1.GetOptions{})
	require.NoError(s.t, err)
	require.Nil(s.t, claim.DeletionTimestamp)
	return claim.UID
}
