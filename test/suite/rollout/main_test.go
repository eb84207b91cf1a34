// Package rollout tests `slipway rollout` on a real API server, with Helm 3 and Helm 4 and the deployer's rights: what a
// deploy that was cut off leaves, and what the next one makes of it. All tests share one embedded cluster, which dies with
// the test's process, and one project; each has releases of its own.
package rollout

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	// namespace of the project, and of all releases.
	namespace = "the-project"
	chart     = "../../../charts/microservice"
)

var (
	// admin looks at what became of the releases; nothing that is tested has its rights.
	admin struct {
		kubeconfig string
		config     *rest.Config
		typed      kubernetes.Interface
		dynamic    dynamic.Interface
	}
	// deployer is the kubeconfig of the project's deployer.
	deployer string
	// slipway is the path of the command under test.
	slipway string
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		code = 2
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if err := helmcli.SetParallel(); err != nil {
		return 0, err
	}
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-rollout-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}
	slipway = filepath.Join(folder, "slipway")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", slipway, "../../cmd/slipway")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build slipway: %w\n%s", err, out)
	}
	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := administer(c.Kubeconfig); err != nil {
		return 0, err
	}
	if err := makeProject(ctx); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func administer(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1                           // no limit
	config.WarningHandler = rest.NoWarnings{} // all kinds are listed, deprecated ones too
	admin.kubeconfig, admin.config = kubeconfig, config
	if admin.typed, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	admin.dynamic, err = dynamic.NewForConfig(config)
	return err
}

func makeProject(ctx context.Context) error {
	install := exec.CommandContext(ctx, helmcli.Helm4.Path("helm"), "install", namespace, "../../../charts/project", "--kubeconfig", admin.kubeconfig,
		"--namespace", "projects", "--create-namespace", "--set", "environment=dev")
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("install charts/project: %w\n%s", err, out)
	}
	var err error
	deployer, err = cluster.DeployerKubeconfig(ctx, admin.kubeconfig, cluster.DeployerOptions{Namespace: namespace})
	return err
}
