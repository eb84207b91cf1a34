//go:build e2e

package kind

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// upgrades in a row, of which each is a new version.
const upgrades = 10

// Nobody notices an upgrade: no request fails while the release changes in every way in which it can.
func TestNobodyNoticesAnUpgrade(t *testing.T) {
	r := newRelease(t, helmcli.Helm3)
	r.mustDeploy("v1")
	r.waitForAnswer("v1")
	l := startLoad(t, r)

	for _, change := range []struct {
		name string
		do   func()
	}{
		{"nothing happens", func() {}},
		{fmt.Sprintf("%d upgrades in a row", upgrades), func() {
			for n := range upgrades {
				// From v1 to v2, and back, and so on.
				r.mustDeploy(versions[(n+1)%len(versions)])
			}
		}},
		{"a change of the configuration", func() {
			r.mustDeploy("v1", r.message("changed")...)
			require.Equal(t, "changed", r.waitForAnswer("v1").Message)
		}},
		{"a rollback", func() {
			history := r.history()
			r.rollback(history[len(history)-2].Number)
			require.Equal(t, "hello from dev", r.waitForAnswer("v1").Message)
		}},
		{"a scale from 2 to 4 and back", func() {
			r.mustDeploy("v1", "--set", "replicas=4")
			r.mustDeploy("v1")
		}},
		{"the eviction of every pod in turn", func() { r.evictAll() }},
	} {
		noFailures(t, change.name, l.during(change.name, change.do))
	}
	l.table()
}

// The same load notices pods that end at once, with requests in flight: otherwise the test above would prove nothing.
func TestWithoutADrainItIsNoticed(t *testing.T) {
	r := newRelease(t, helmcli.Helm3)
	off := []string{"--set", "lifecycle.preStop=null,env.SHUTDOWN_TIMEOUT=1ms"}
	r.mustDeploy("v1", off...)
	r.waitForAnswer("v1")
	l := startLoad(t, r)
	result := l.during("upgrades without preStop and drain", func() {
		r.mustDeploy("v2", off...)
		r.mustDeploy("v1", off...)
	})
	l.table()
	failures := result.Failures()
	require.NotEmpty(t, failures)
	for _, target := range []string{"Ingress", "Service"} {
		require.NotEmpty(t, result.Only(target).Failures(), target)
	}
	t.Logf("the first: %s", failures[0].Error)
}

// evictAll evicts each of the service's pods as a node's drain does: all that are there at first, each as soon as the
// PodDisruptionBudget allows it. It returns when as many others are ready.
func (r release) evictAll() {
	r.t.Helper()
	pods, err := r.pods(r.t.Context())
	require.NoError(r.t, err)
	refused := 0
	for _, pod := range pods {
		eventually(r.t, "evict "+pod.Name, func(ctx context.Context) error {
			err := admin.client.PolicyV1().Evictions(r.name).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: r.name}})
			if apierrors.IsTooManyRequests(err) {
				refused++
			}
			return err
		})
	}
	require.Positive(r.t, refused, "the PodDisruptionBudget held the second eviction back")
	r.waitReady(len(pods))
	r.t.Logf("%d pods evicted; the budget refused %d times", len(pods), refused)
}

// waitReady waits until the Deployment has as many ready pods, and none that is to go.
func (r release) waitReady(replicas int) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("%d pods are ready", replicas), func(ctx context.Context) error {
		d, err := admin.client.AppsV1().Deployments(r.name).Get(ctx, service, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if s := d.Status; s.ObservedGeneration < d.Generation || int(s.ReadyReplicas) != replicas || int(s.UpdatedReplicas) != replicas || s.UnavailableReplicas != 0 {
			return fmt.Errorf("%d ready, %d updated, %d unavailable", s.ReadyReplicas, s.UpdatedReplicas, s.UnavailableReplicas)
		}
		return nil
	})
}
