// Package rollout tests `slipway rollout` on a real API server, with Helm 3 and Helm 4 and the deployer's rights: what a
// deploy that was cut off leaves, and what the next one makes of it. All tests share one embedded cluster, which dies with
// the test's process, and one project; each has releases of its own.
package rollout

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

const (
	// namespace of the project, and of all releases.
	namespace = "the-project"
	chart     = "../../../charts/microservice"
)

var (
	// admin looks at what became of the releases.
	admin embedded.Administrator
	// deployer is the kubeconfig of the project's deployer.
	deployer string
	// slipway is the path of the command under test.
	slipway string
)

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, folder string) (err error) {
		admin = a
		if slipway, err = undertest.Slipway(ctx, folder); err != nil {
			return err
		}
		return makeProject(ctx)
	})
}

func makeProject(ctx context.Context) error {
	install := exec.CommandContext(ctx, helmcli.Helm4.Path("helm"), "install", namespace, "../../../charts/project", "--kubeconfig", admin.Kubeconfig,
		"--namespace", "projects", "--create-namespace", "--set", "environment=dev",
		"--set", "deployer.features.persistentVolumeClaims=true,deployer.features.autoscaling=true,deployer.features.jobs=true")
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("install charts/project: %w\n%s", err, out)
	}
	var err error
	deployer, err = cluster.DeployerKubeconfig(ctx, admin.Kubeconfig, cluster.DeployerOptions{Namespace: namespace})
	return err
}
