//go:build e2e

// Package kind tests what a user of the service notices, in a cluster where everything is real: real containers, real
// traffic, real trouble. All tests share one kind cluster; each has a project of its own, and deploys with the rights of
// that project's deployer. Where a test fails the cluster is kept, with the test's namespaces.
package kind

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/cluster/kind"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

// root of the repository.
const root = "../../.."

// shared is the cluster of all tests.
var shared *kindcluster.Cluster

// node is the cluster's only node.
var node *kind.Managed

// admin is the cluster's administrator, who sets projects up, makes trouble, and looks at what became of it.
var admin struct {
	kubeconfig string
	client     kubernetes.Interface
}

func TestMain(m *testing.M) {
	kindcluster.Main(m, func(ctx context.Context, c *kindcluster.Cluster, folder string) error {
		shared, node = c, c.Node
		admin.kubeconfig, admin.client = c.Kubeconfig, c.Client
		return makeImages(ctx, folder)
	})
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
