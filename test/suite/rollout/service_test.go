package rollout

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// service is a release of charts/microservice, as the deployer deploys it with one Helm.
type service struct {
	t          *testing.T
	program    *helmcli.Program
	name       string
	kubeconfig string
	// slipway says that `slipway rollout` runs Helm, with these flags.
	slipway      bool
	slipwayFlags []string
	env          []string
}

// newService returns a service that is not deployed yet.
func newService(t *testing.T, p *helmcli.Program) service {
	t.Helper()
	s := service{t: t, program: p, name: "service-" + strings.ToLower(random.UniqueID()), kubeconfig: deployer}
	t.Cleanup(s.explainFailure)
	return s
}

// by returns the service as `slipway rollout` deploys it, with flags of its own.
func (s service) bySlipway(flags ...string) service {
	s.slipway, s.slipwayFlags = true, flags
	return s
}

// through returns the service with a proxy between it and the API server.
func (s service) through(p *proxy) service {
	s.kubeconfig = p.kubeconfig
	return s
}

// good are the flags of a revision that becomes ready, and dead those of one that never does, with a variable, a file of
// its config and an object that no good one has.
func good(tag string) []string { return []string{"--set", "image.tag=" + tag} }

func dead(name string) []string {
	return []string{"--set", "image.tag=dev-fail,env.DEAD=yes,config.files.dead\\.yml=dead",
		"--set-json", `extraObjects.dead={"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + `-dead"}}`}
}

// atomic are the flags with which pipelines deploy.
func (s service) atomic() []string { return []string{s.program.RollbackOnFailure, "--wait"} }

// begin starts `helm upgrade --install`.
func (s service) begin(args ...string) *process {
	s.t.Helper()
	return s.beginHelm(slices.Concat([]string{
		"upgrade", "--install", s.name, chart, "--values", "testdata/values.yaml", "--disable-openapi-validation",
	}, args)...)
}

// beginDead starts to deploy the dead revision, and returns when a request of it is held, or else when its pod waits.
func (s service) beginDead(holds func(request) bool, args ...string) *process {
	s.t.Helper()
	hold := newProxy(s.t, holds)
	running := s.through(hold).begin(append(dead(s.name), args...)...)
	running.reachesStage(s, hold)
	return running
}

// reachesStage waits until the proxy holds a request or the dead revision's pod waits.
func (p *process) reachesStage(s service, hold *proxy) {
	p.t.Helper()
	p.reaches("its stage", func(ctx context.Context) error {
		if hold.isHolding(ctx) == nil {
			return nil
		}
		return s.waits(ctx)
	})
}

func (s service) beginHelm(args ...string) *process {
	s.t.Helper()
	line := append([]string{s.program.Path("helm")}, args...)
	if s.slipway {
		line = slices.Concat([]string{slipway, "rollout"}, s.slipwayFlags, []string{"--"}, line)
	}
	return begin(s.t, append([]string{"KUBECONFIG=" + s.kubeconfig, "CI_JOB_ID="}, s.env...), line...)
}

// beginSlipway starts a command of slipway's that calls helm itself.
func (s service) beginSlipway(args ...string) *process {
	s.t.Helper()
	path := filepath.Dir(s.program.Path("helm")) + string(os.PathListSeparator) + os.Getenv("PATH")
	return begin(s.t, append([]string{"KUBECONFIG=" + s.kubeconfig, "CI_JOB_ID=", "PATH=" + path}, s.env...), append([]string{slipway}, args...)...)
}

// upgrade runs `helm upgrade --install` to its end.
func (s service) upgrade(args ...string) (exitCode int, said string) {
	s.t.Helper()
	return s.begin(args...).end()
}

// mustUpgrade runs `helm upgrade --install`, which has to succeed.
func (s service) mustUpgrade(args ...string) string {
	s.t.Helper()
	code, said := s.upgrade(args...)
	require.Zero(s.t, code, said)
	return said
}

// history returns the release's revisions, oldest first; none if there is no release.
func (s service) history() []helmcli.Revision {
	s.t.Helper()
	hand := helmcli.Terminal{T: s.t, Program: s.program, Kubeconfig: admin.Kubeconfig}
	return hand.History(s.name, "--namespace", namespace)
}

// status is that of the newest revision; empty if there is no release.
func (s service) status() string {
	s.t.Helper()
	h := s.history()
	if len(h) == 0 {
		return ""
	}
	return h[len(h)-1].Status
}

// waits is the condition that the dead revision's objects are written and its pod waits for its image.
func (s service) waits(ctx context.Context) error {
	pods, err := admin.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + s.name})
	if err != nil {
		return err
	}
	for _, pod := range pods.Items {
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Waiting != nil && status.State.Waiting.Reason == "ImagePullBackOff" {
				return nil
			}
		}
	}
	return errors.New("no pod waits for its image")
}

// lease returns who holds the service's Lease, empty if there is none.
func (s service) lease() string {
	s.t.Helper()
	lease, err := admin.Typed.CoordinationV1().Leases(namespace).Get(s.t.Context(), "slipway-rollout-"+s.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return ""
	}
	require.NoError(s.t, err)
	return *lease.Spec.HolderIdentity
}
