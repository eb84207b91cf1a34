// Package takeover tests `slipway takeover` on a real API server: objects that were applied by hand, as the article's five
// manifests are, come under the chart with Helm 3 and Helm 4 and the deployer's rights. What that means for requests is
// tested in test/suite/kind. All tests share one embedded cluster, which dies with the test's process; each has a project of
// its own.
package takeover

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
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// admin is the cluster's administrator, who sets projects up and looks at what became of them.
var admin struct {
	kubeconfig string
	typed      kubernetes.Interface
	dynamic    dynamic.Interface
}

// slipway is the path of the command under test.
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
	folder, err := os.MkdirTemp("", "slipway-takeover-suite-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	slipway = filepath.Join(folder, "slipway")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", slipway, "../../cmd/slipway")
	if output, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build slipway: %w\n%s", err, output)
	}
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}
	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := administer(c.Kubeconfig); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func administer(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // no limit
	admin.kubeconfig = kubeconfig
	if admin.typed, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	admin.dynamic, err = dynamic.NewForConfig(config)
	return err
}
