// Package rights tests charts/project on a real API server, and proves that the deployer's Role is what deploying
// charts/microservice takes and no more: all that Helm 3, Helm 4 and `slipway rollout` ask for is read from the API server's
// audit log. All tests share one embedded cluster, which dies with the test's process; each has projects of its own.
package rights

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// admin is the cluster's administrator, who sets projects up and looks at what became of them.
var admin struct {
	kubeconfig string
	config     *rest.Config
	client     kubernetes.Interface
	auditLog   string // path
}

// slipway is the path of the command, which the project's deployer runs helm with.
var slipway string

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
	folder, err := os.MkdirTemp("", "slipway-rights-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}

	slipway = filepath.Join(folder, "slipway")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", slipway, "../../cmd/slipway")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build slipway: %w\n%s", err, out)
	}

	admin.auditLog = filepath.Join(folder, "audit.log")
	c, err := cluster.Start(ctx, cluster.Options{AuditLog: admin.auditLog, Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := administer(ctx, c.Kubeconfig); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func administer(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // no limit
	admin.kubeconfig, admin.config = kubeconfig, config
	if admin.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	return customresources.Install(ctx, config)
}
