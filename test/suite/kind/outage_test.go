//go:build e2e && long

package kind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kind/load/report"
)

// The API server goes away in the middle of an upgrade, and comes back: the service's users notice nothing, and the next
// deploy ends well. Whether this upgrade does is a matter of luck: both Helms wait for the server, but one that has just
// started answers 403 until it has read the roles, and whichever Helm asks in that moment takes it for final.
func TestAPIServerRestartsMidUpgrade(t *testing.T) {
	for _, helm := range helmcli.Programs {
		t.Run(helm.String(), func(t *testing.T) {
			r := newRelease(t, helm)
			r.mustDeploy("v1")
			r.waitForAnswer("v1")
			l := startLoad(t, r)
			result := l.during("a restart of the API server during an upgrade, "+helm.String(), func() {
				upgraded := make(chan error, 1)
				go func() { upgraded <- r.deploy("v2") }()
				eventually(t, "the rollout has begun", func(ctx context.Context) error {
					pods, err := r.pods(ctx)
					if err == nil && len(pods) < 3 {
						err = errors.New("not yet")
					}
					return err
				})
				restartAPIServer(t)
				if err := <-upgraded; err != nil {
					t.Logf("the upgrade failed: %v", err)
				} else {
					r.waitForAnswer("v2")
				}
				r.recover()
				r.mustDeploy("v2")
			})
			l.table()
			noFailures(t, "restart of the API server", result)
			r.waitForAnswer("v2")
			history := r.history()
			require.Equal(t, "deployed", history[len(history)-1].Status)
		})
	}
}

// recover goes back to the last good revision where Helm could not write down how the newest one has ended.
func (r release) recover() {
	r.t.Helper()
	history := r.history()
	if !strings.HasPrefix(history[len(history)-1].Status, "pending") {
		return
	}
	for _, revision := range slices.Backward(history) {
		if revision.Status == "deployed" {
			r.rollback(revision.Number)
			return
		}
	}
	require.Fail(r.t, "no revision is deployed", "%v", history)
}

// restartAPIServer ends the API server's process, which the kubelet starts again, and returns when the new one is ready.
func restartAPIServer(t *testing.T) {
	t.Helper()
	before, err := node.Execute(t.Context(), "pgrep", "-x", "kube-apiserver")
	require.NoError(t, err)
	_, err = node.Execute(t.Context(), "kill", before)
	require.NoError(t, err)
	began := time.Now()
	eventually(t, "another API server is ready", func(ctx context.Context) error {
		now, err := node.Execute(ctx, "pgrep", "-x", "kube-apiserver")
		if err == nil && now == before {
			err = errors.New("it is the old one")
		}
		if err != nil {
			return err
		}
		_, err = admin.client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
	t.Logf("the API server was away for %s", time.Since(began).Round(100*time.Millisecond))
}

// kubeletPause is how long the kubelet is stopped.
const kubeletPause = time.Minute

// The kubelet of the only node stops for a minute. When the control plane takes the node for lost its pods leave the
// Service, although they run: an outage, which ends by itself when the kubelet is back. No pod is restarted.
func TestKubeletStops(t *testing.T) {
	r := newRelease(t, helmcli.Helm3)
	r.mustDeploy("v1")
	r.waitForAnswer("v1")
	before, err := r.pods(t.Context())
	require.NoError(t, err)
	l := startLoad(t, r)
	result := l.during("the kubelet is away for "+kubeletPause.String(), func() {
		// However the test ends: the cluster is of no use without.
		t.Cleanup(func() {
			if _, err := node.Execute(context.Background(), "systemctl", "start", "kubelet"); err != nil {
				t.Log(err)
			}
		})
		_, err := node.Execute(t.Context(), "systemctl", "stop", "kubelet")
		require.NoError(t, err)
		l.hold(kubeletPause)
		_, err = node.Execute(t.Context(), "systemctl", "start", "kubelet")
		require.NoError(t, err)
		eventually(t, "the node is ready", func(ctx context.Context) error {
			n, err := admin.client.CoreV1().Nodes().Get(ctx, node.Node(), metav1.GetOptions{})
			if err != nil {
				return err
			}
			for _, c := range n.Status.Conditions {
				if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
					return nil
				}
			}
			return errors.New("not yet")
		})
		r.waitReady(2)
		r.waitForAnswer("v1")
	})
	t.Log(outage(result))
	noFailures(t, "after the kubelet is back", l.during("afterwards", func() {}))
	l.table()
	after, err := r.pods(t.Context())
	require.NoError(t, err)
	require.Equal(t, lives(before), lives(after), "the same pods, and none restarted")
}

// outage says from when to when requests failed.
func outage(p report.Phase) string {
	failures := p.Failures()
	if len(failures) == 0 {
		return "no outage: no request failed"
	}
	first, last := failures[0], failures[len(failures)-1]
	return fmt.Sprintf("an outage of %s, from %s on: %d of %d requests failed; first: %s; last: %s",
		last.Due.Sub(first.Due).Round(100*time.Millisecond), first.Due.Sub(p.Began).Round(100*time.Millisecond),
		len(failures), p.Requests(), first.Error, last.Error)
}

// lives returns the pods' names, and how often their containers were started again.
func lives(pods []corev1.Pod) map[string]int32 {
	result := map[string]int32{}
	for _, pod := range pods {
		result[pod.Name] = pod.Status.ContainerStatuses[0].RestartCount
	}
	return result
}
