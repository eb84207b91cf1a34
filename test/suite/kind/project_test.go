//go:build e2e

package kind

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

// loadNamespace is where load generators run.
const loadNamespace = "load"

// project is a namespace with a deployer, as an administrator sets it up with charts/project.
type project struct {
	t    *testing.T
	name string
	// deployer's kubeconfig, with a fresh token and nothing of the administrator's.
	kubeconfig string
}

// newProject sets a project up, with further values of charts/project. It is removed with the test, unless that fails: then
// all that can be said about it is printed.
func newProject(t *testing.T, values ...string) project {
	t.Helper()
	p := project{t: t, name: "project-" + strings.ToLower(random.UniqueID())}
	args := []string{"--set", "deployer.features.tests=true",
		"--set", fmt.Sprintf("networkPolicy.allowedNamespaces.%s=true,networkPolicy.allowedNamespaces.%s=true", p.name, loadNamespace)}
	for _, value := range values {
		args = append(args, "--set", value)
	}
	p.kubeconfig = shared.NewProject(t, p.name, "dev", args...)
	return p
}

// client returns a client with the deployer's rights.
func (p project) client() kubernetes.Interface {
	p.t.Helper()
	client, err := cluster.Client(p.kubeconfig)
	require.NoError(p.t, err)
	return client
}

// terminal returns where the deployer works.
func (p project) terminal(helm *helmcli.Program) helmcli.Terminal {
	return helmcli.Terminal{T: p.t, Program: helm, Kubeconfig: p.kubeconfig}
}

// eventually fails the test unless check returns nil before a generous deadline.
func eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	kindcluster.Eventually(t, what, check)
}

// explainFailure removes a namespace with the test, or prints what is in it where the test fails.
func explainFailure(t *testing.T, namespace string) { shared.Explain(t, namespace) }
