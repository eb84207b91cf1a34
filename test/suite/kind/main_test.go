//go:build e2e

// Package kind tests what a user of the service notices, in a cluster where everything is real: real containers, real
// traffic, real trouble. All tests share one kind cluster; each has a project of its own, and deploys with the rights of
// that project's deployer. Where a test fails the cluster is kept, with the test's namespaces.
package kind

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/cluster/kind"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// root of the repository.
const root = "../../.."

// node is the cluster's only node.
var node *kind.Managed

// admin is the cluster's administrator, who sets projects up, makes trouble, and looks at what became of it.
var admin struct {
	kubeconfig string
	client     kubernetes.Interface
	// https is where the ingress controller answers on this machine.
	https string
}

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
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-kind-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}

	if node, err = kind.Cluster(); err != nil {
		return 0, err
	}
	already, err := node.Up(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	if err := administer(ctx); err != nil {
		return 0, err
	}
	if err := makeImages(ctx, folder); err != nil {
		return 0, err
	}
	code = m.Run()
	switch {
	case code != 0:
		folder := filepath.Dir(filepath.Dir(admin.kubeconfig))
		fmt.Fprintf(os.Stderr, "the cluster is kept: export KUBECONFIG=%s\nto remove it: %s=%s .build/slipway cluster down --provider kind\n",
			admin.kubeconfig, cluster.FolderVariable, folder)
	case !already:
		_, err = node.Down(ctx)
	}
	return code, err
}

func administer(ctx context.Context) error {
	description, err := node.Describe(ctx)
	if err != nil {
		return err
	}
	admin.kubeconfig, admin.https = description.Kubeconfig, description.HTTPS
	admin.client, err = cluster.Client(description.Kubeconfig)
	return err
}

// command runs a program in the repository's root and returns what it printed, errors included.
func command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = root
	// A make below the one that runs this suite would say more than it does for people.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "MAKE") })
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, output)
	}
	return string(output), err
}
