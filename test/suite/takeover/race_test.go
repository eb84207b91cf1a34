package takeover

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/takeover"
)

// answer is a person who does something before saying yes.
type answer struct{ do func() }

func (a answer) Read(into []byte) (int, error) {
	a.do()
	return copy(into, "y\n"), nil
}

// A deploy that begins while somebody reads the plan is left alone, with its record and its objects.
func TestAnotherDeployBegins(t *testing.T) {
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
		var said strings.Builder
		command := s.inProcess(deploy("dev-1"))
		err := takeover.Run(t.Context(), takeover.Options{Command: command, Out: &said, Progress: &said, Answer: answer{func() {
			require.NoError(t, other.Start())
			eventually(t, "the other deploy's record", records)
		}}})
		require.ErrorContains(t, err, "nothing was changed")
		require.ErrorContains(t, err, "another operation (install/upgrade/rollback) is in progress")
		require.NoError(t, records(t.Context()))
		after := s.everything().unmoved()
		for key := range before {
			require.Empty(t, cmp.Diff(before[key], after[key]), key)
		}
	})
}
