package takeover

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/lease"
	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/takeover"
)

// answer is a person who does something before saying yes.
type answer struct{ do func() }

func (a answer) Read(into []byte) (int, error) {
	a.do()
	return copy(into, "y\n"), nil
}

// progress is what a takeover tells; it does something when it has told a line.
type progress struct {
	strings.Builder
	after string
	do    func()
}

func (p *progress) Write(text []byte) (int, error) {
	if p.after != "" && strings.Contains(string(text), p.after) {
		p.do()
	}
	return p.Builder.Write(text)
}

// A deploy without slipway that begins while somebody reads the plan, or in the last moment, is left alone, with its record
// and its objects.
func TestAnotherDeployBegins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, after, want string }{
		{"while the plan is read", "", "somebody has deployed release " + name + " (revision 1 of chart microservice, pending-install)"},
		{"in the last moment", "recording the objects as they are", "another operation (install/upgrade/rollback) is in progress"},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.applyByHand()
				before := s.settled().unmoved()
				ctx, end := context.WithCancel(t.Context())
				other := exec.CommandContext(ctx, p.Path("helm"), "upgrade", "--install", name, root+"/charts/microservice", "--kubeconfig", s.Kubeconfig,
					"--set", "environment=dev,image.repository=r,image.tag=dev-fail,fullnameOverride=other,podDisruptionBudget.enabled=false", "--wait", "--timeout", "5m")
				t.Cleanup(func() {
					end()
					_ = other.Wait()
				})
				records := func(ctx context.Context) error {
					list, err := admin.Typed.CoreV1().Secrets(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,status=pending-install"})
					if err == nil && len(list.Items) != 1 {
						err = errors.New("not yet")
					}
					return err
				}
				begin := func() {
					require.NoError(t, other.Start())
					eventually.NoError(t, "the other deploy's record", records)
				}
				said := &progress{after: c.after, do: begin}
				options := takeover.Options{Command: s.inProcess(deploy("dev-1")), Out: said, Progress: said, Answer: answer{func() {}}}
				if c.after == "" {
					options.Answer = answer{begin}
				}
				err := takeover.Run(t.Context(), options)
				require.ErrorContains(t, err, "nothing was changed")
				require.ErrorContains(t, err, c.want)
				require.NoError(t, records(t.Context()))
				after := s.everything().unmoved()
				for key := range before {
					require.Empty(t, cmp.Diff(before[key], after[key]), key)
				}
			})
		})
	}
}

// While a deploy by slipway runs, nothing is taken over; the plan can be read.
func TestDeployRuns(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.applyByHand()
		before := s.settled()
		running, err := lease.Acquire(t.Context(), lease.Options{Client: admin.Typed, Release: name, Namespace: s.namespace, Say: t.Logf})
		require.NoError(t, err)
		t.Cleanup(running.End)

		output, err := s.slipway(append([]string{"takeover", "--"}, deploy("dev-1")...)...)
		require.ErrorContains(t, err, "nothing was changed: there is no terminal to ask on")
		require.Contains(t, output.Stdout, "takes over:")
		s.requireBusy("takeover", "--yes", "--settle", "100ms")
		s.requireHandMade(before)
		require.Equal(t, 1, s.leases(), "the deploy's own")
	})
}

// While a takeover runs, there is neither a second one nor a deploy, and it goes on as if nobody had tried.
func TestTakeoverRuns(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.applyByHand()
		before := s.settled()
		running := s.beginFailing()
		during := s.everything().unmoved()
		s.requireBusy("takeover", "--yes", "--settle", "100ms")
		s.requireBusy("rollout")
		require.Empty(t, cmp.Diff(during, s.everything().unmoved()))

		require.NoError(t, running.Process.Signal(syscall.SIGTERM))
		_ = running.Wait()
		require.Equal(t, 1, running.ProcessState.ExitCode())
		s.requireHandMade(before)
		_, err := s.takeover(deploy("dev-1"))
		require.NoError(t, err)
		require.Zero(t, s.leases())
	})
}

// A takeover whose Lease another one has ends where it is, without a way back beside the other; a later one goes back first.
func TestLost(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.applyByHand()
		s.settled()
		running := s.beginFailing()
		during := s.everything().unmoved()
		leases := admin.Typed.CoordinationV1().Leases(s.namespace)
		_, err := leases.Patch(t.Context(), "slipway-rollout-"+name, types.MergePatchType, []byte(`{"spec":{"holderIdentity":"job 2"}}`), metav1.PatchOptions{})
		require.NoError(t, err)
		_ = running.Wait()
		require.Equal(t, 3, running.ProcessState.ExitCode())
		require.Empty(t, cmp.Diff(during, s.everything().unmoved()))
		require.Equal(t, 1, s.leases(), "the other's")

		_, err = s.takeover(deploy("dev-1"))
		require.NoError(t, err)
		s.requireNothingToTake()
		require.Zero(t, s.leases())
	})
}

// requireBusy proves that a command of slipway's, run before the helm command, ends at once and says who is at work.
func (s service) requireBusy(args ...string) {
	s.T.Helper()
	_, err := s.slipway(append(append(args, "--"), deploy("dev-1")...)...)
	require.ErrorContains(s.T, err, "exit status 3")
	require.ErrorContains(s.T, err, fmt.Sprintf("release %s in %s is being deployed by ", name, s.namespace))
	require.ErrorContains(s.T, err, "try again when that has ended")
}

// leases returns how many Leases there are in the project.
func (s service) leases() int {
	s.T.Helper()
	list, err := admin.Typed.CoordinationV1().Leases(s.namespace).List(s.T.Context(), metav1.ListOptions{})
	require.NoError(s.T, err)
	return len(list.Items)
}
