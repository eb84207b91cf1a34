package rollout

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const exitBusy = 3

// gitlab are the variables of a job.
var gitlab = []string{
	"CI_JOB_ID=4711", "CI_PIPELINE_ID=42", "CI_PROJECT_PATH=the-team/example", "CI_JOB_URL=https://gitlab.example.com/the-team/example/-/jobs/4711",
}

// While a deploy runs, another one ends at once, and says who it is that runs.
func TestSecondDeploy(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		hold := newProxy(t, anything)
		job := s.bySlipway()
		job.env = gitlab
		first := job.through(hold).begin(good("dev-1")...)
		first.reaches("the first object", hold.isHolding)

		code, said := s.bySlipway().upgrade(good("dev-2")...)
		require.Equal(t, exitBusy, code)
		require.Contains(t, said, "release "+s.name+" in "+namespace+" is being deployed by job 4711 of pipeline 42 of the-team/example "+
			"(https://gitlab.example.com/the-team/example/-/jobs/4711) since 20")
		code, said = s.upgrade(good("dev-2")...)
		require.Equal(t, 1, code)
		require.Contains(t, said, inProgress, "plain helm does not say who")

		hold.release()
		code, _ = first.end()
		require.Zero(t, code)
		s.requireAsFresh("dev-1")
	})
}

// Of two that begin in the same instant one deploys.
func TestTwoAtOnce(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		hold := newProxy(t, anything)
		both := []*process{
			s.bySlipway().through(hold).begin(good("dev-1")...),
			s.bySlipway().through(hold).begin(good("dev-1")...),
		}
		loser, winner := both[0], both[1]
		select {
		case <-both[0].exited:
		case <-both[1].exited:
			loser, winner = both[1], both[0]
		case <-time.After(eventually.Deadline):
			require.FailNow(t, "both deploy", "%s\n%s", both[0].said.String(), both[1].said.String())
		}
		code, said := loser.end()
		require.Equal(t, exitBusy, code)
		require.Contains(t, said, "is being deployed by ")
		hold.release()
		code, _ = winner.end()
		require.Zero(t, code)
		s.requireAsFresh("dev-1")
	})
}

// A helm that slipway did not start counts as running until its revision is old.
func TestHelmWithoutSlipway(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		hold := newProxy(t, anything)
		first := s.through(hold).begin(good("dev-1")...)
		first.reaches("the first object", hold.isHolding)

		code, said := s.bySlipway().upgrade(good("dev-2")...)
		require.Equal(t, exitBusy, code)
		require.Contains(t, said, "a helm without slipway (revision 1 is pending-install; if you know that it has died, add --pending-timeout 0s")

		hold.release()
		code, _ = first.end()
		require.Zero(t, code)
		s.bySlipway().mustUpgrade(good("dev-2")...)
		s.requireAsFresh("dev-2")
	})
}

// However old a Lease looks, it is watched before it is removed: its holder may have been asleep, or have another clock.
func TestOldLease(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	old := metav1.NewMicroTime(time.Now().Add(-time.Hour))
	_, err := admin.Typed.CoordinationV1().Leases(namespace).Create(t.Context(), &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "slipway-rollout-" + s.name},
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: new("job 1"), AcquireTime: &old, RenewTime: &old, LeaseDurationSeconds: new(int32(2)),
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	said := s.bySlipway().mustUpgrade(good("dev-1")...)
	require.Contains(t, said, "job 1 has not renewed its Lease since 1h0m")
	require.Contains(t, said, "seeing whether it is renewed, for 2s")
	s.requireAsFresh("dev-1")
}

// A deploy goes on while its Lease cannot be renewed.
func TestLeaseThatCannotBeRenewed(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	s.mustUpgrade(good("dev-1")...)
	hold := newProxy(t, func(r request) bool { return r.method == http.MethodPut && strings.Contains(r.path, "/leases/") })
	running := s.bySlipway("--lease-duration", "3s").through(hold).begin(append(dead(s.name), s.atomic()...)...)
	running.reaches("a renewal that is not answered", hold.isHolding)
	running.reaches("the wait for the pods", s.waits)
	running.signal(syscall.SIGTERM)
	code, said := running.end()
	require.Equal(t, 1, code)
	require.Contains(t, said, "has been rolled back")
	s.requireAsFresh("dev-1")
}
