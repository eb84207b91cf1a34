package takeover

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// pods that a takeover treats in different ways.
var pods = map[string][]string{
	"pods without preStop": nil, "pods with preStop": withPreStop, "another label": recommended, "two labels": twoLabels, "another name and two labels": versioned,
}

// A takeover that fails leaves what was there: the same pods, the objects with all that kubectl notes in them, and nothing of Helm.
func TestFailingTakeoverGoesBack(t *testing.T) {
	t.Parallel()
	for kind, changes := range pods {
		t.Run(kind, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.applyByHand(changes...)
				before := s.settled()
				served := s.neverFewer()
				output, err := s.takeover(deploy("dev-fail", "--timeout", "20s"))
				require.ErrorContains(t, err, "exit status 1")
				require.Contains(t, output.Stderr, "what was live before is live again")
				require.Contains(t, output.Stderr, `container example-microservice: ImagePullBackOff Back-off pulling image "registry.example.com/the-project/example-microservice:dev-fail"`)
				s.requireHandMade(before)

				_, err = s.takeover(deploy("dev-1"))
				require.NoError(t, err)
				served()
			})
		})
	}
}

// requireHandMade fails the test unless everything is what it was.
func (s service) requireHandMade(before objects) {
	s.T.Helper()
	var after objects
	eventually.NoError(s.T, "the pods that were there, and no other", func(context.Context) error {
		after = s.everything()
		if diff := cmp.Diff(before.uids("Pod"), after.uids("Pod")); diff != "" {
			return errors.New(diff)
		}
		return nil
	})
	require.Empty(s.T, cmp.Diff(before.written(), after.written()))
	require.Equal(s.T, get[corev1.Service](before).Spec.ClusterIP, get[corev1.Service](after).Spec.ClusterIP)
	require.Len(s.T, after.uids("EndpointSlice"), 1)
	records, err := admin.Typed.CoreV1().Secrets(s.namespace).List(s.T.Context(), metav1.ListOptions{LabelSelector: "owner=helm"})
	require.NoError(s.T, err)
	require.Empty(s.T, records.Items)
}

// A takeover that was killed in the middle is taken back by the next, which then does it all.
func TestKilledTakeover(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signal syscall.Signal
		// pods that a takeover with each Helm finds.
		pods map[*helmcli.Program]string
		code int
	}{
		{syscall.SIGKILL, map[*helmcli.Program]string{helmcli.Helm3: "pods without preStop", helmcli.Helm4: "pods with preStop"}, -1},
		{syscall.SIGTERM, map[*helmcli.Program]string{helmcli.Helm3: "pods with preStop", helmcli.Helm4: "pods without preStop"}, 1},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.applyByHand(pods[c.pods[p]]...)
				before := s.settled()
				require.Equal(t, c.code, s.interrupt(c.signal))
				killed := c.signal == syscall.SIGKILL
				if killed {
					_, err := s.slipway(append([]string{"takeover", "--"}, deploy("dev-1")...)...)
					require.ErrorContains(t, err, "exit status 2")
					require.ErrorContains(t, err, "--yes goes ahead")
					s.requireDeployRefused()
				} else {
					s.requireHandMade(before)
				}
				output, err := s.takeover(deploy("dev-1"))
				require.NoError(t, err)
				require.Equal(t, killed, strings.Contains(output.Stdout, "An earlier takeover was cut off."))
				require.Len(t, s.settled().uids("Pod"), 2)
				s.requireNothingToTake()
			})
		})
	}
}

// A takeover that was killed at any of its steps is taken back and begun anew, however few revisions Helm is to keep, and there
// is no moment in which fewer pods serve.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for i, after := range []string{
		"deleted without its pods", "ports and labels for old and new pods", "applying what the chart renders", "the old pods leave", "takeover: + ",
	} {
		t.Run(after, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.Env = map[string]string{"HELM_MAX_HISTORY": "1"}
				kinds := []string{"two labels", "another name and two labels", "pods without preStop"}
				s.applyByHand(pods[kinds[(i+p.Major)%len(kinds)]]...)
				s.settled()
				served := s.neverFewer()
				s.killAfter(after, deploy("dev-1", "--history-max", "1"))
				output, err := s.takeover(deploy("dev-1"))
				require.NoError(t, err)
				require.Contains(t, output.Stdout, "An earlier takeover was cut off.")
				served()
				require.Len(t, s.settled().uids("Pod"), 2)
				s.requireNothingToTake()
			})
		})
	}
}

// killAfter begins a takeover, and kills it when it has told a line.
func (s service) killAfter(line string, command []string) {
	s.T.Helper()
	cmd := exec.CommandContext(s.T.Context(), slipway, append([]string{"takeover", "--yes", "--settle", "100ms", "--lease-duration", "3s", "--", s.Program.Path("helm")},
		append(command[1:], "--kubeconfig", s.Kubeconfig)...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "HELM_MAX_HISTORY=1")
	said, err := cmd.StderrPipe()
	require.NoError(s.T, err)
	require.NoError(s.T, cmd.Start())
	for lines := bufio.NewScanner(said); lines.Scan(); {
		s.T.Log(lines.Text())
		if strings.Contains(lines.Text(), line) {
			require.NoError(s.T, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait()
	require.Equal(s.T, -1, cmd.ProcessState.ExitCode(), "it came to its end before it was killed")
}

// requireDeployRefused proves that a deploy leaves a takeover that was cut off to the next takeover.
func (s service) requireDeployRefused() {
	s.T.Helper()
	before := s.everything().unmoved()
	_, err := s.slipway(append([]string{"rollout", "--"}, deploy("dev-1")...)...)
	require.ErrorContains(s.T, err, "exit status 2")
	require.ErrorContains(s.T, err, "run `slipway takeover` once more with this helm command")
	require.Empty(s.T, cmp.Diff(before, s.everything().unmoved()))
}

// interrupt begins a takeover that never ends, sends it a signal while it waits for the chart's pods, and returns its exit code, -1 if
// it had none.
func (s service) interrupt(signal syscall.Signal) int {
	s.T.Helper()
	cmd := s.beginFailing()
	require.NoError(s.T, cmd.Process.Signal(signal))
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// beginFailing begins a takeover that never ends, and returns when it waits for the chart's pods.
func (s service) beginFailing() *exec.Cmd {
	s.T.Helper()
	cmd := exec.CommandContext(s.T.Context(), slipway, append([]string{"takeover", "--yes", "--settle", "100ms", "--lease-duration", "3s", "--", s.Program.Path("helm")},
		deploy("dev-fail", "--kubeconfig", s.Kubeconfig, "--timeout", "2m")[1:]...)...)
	cmd.Dir = root
	require.NoError(s.T, cmd.Start())
	eventually.NoError(s.T, "the chart's pods wait for their image", func(ctx context.Context) error {
		list, err := admin.Typed.CoreV1().Pods(s.namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, pod := range list.Items {
			if statuses := pod.Status.ContainerStatuses; len(statuses) == 1 && statuses[0].State.Waiting != nil && statuses[0].State.Waiting.Reason == "ImagePullBackOff" {
				return nil
			}
		}
		return errors.New("not yet")
	})
	return cmd
}
