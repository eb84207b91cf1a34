//go:build e2e

package kind

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	projectChart = root + "/charts/project"
	// projects is the namespace that the projects' own releases are in.
	projects = "projects"
	// loadNamespace is where load generators run.
	loadNamespace = "load"
)

// project is a namespace with a deployer, as an administrator sets it up with charts/project.
type project struct {
	t    *testing.T
	name string
	// deployer's kubeconfig, with a fresh token and nothing of the administrator's.
	kubeconfig string
}

// newProject sets a project up. It is removed with the test, unless that fails: then all that can be said about it is printed.
func newProject(t *testing.T) project {
	t.Helper()
	p := project{t: t, name: "project-" + strings.ToLower(random.UniqueID())}
	administrator := helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: admin.kubeconfig}
	explainFailure(t, p.name)
	administrator.Must("helm", "upgrade", "--install", p.name, projectChart, "--namespace", projects, "--create-namespace",
		"--set", "environment=dev,deployer.features.tests=true",
		"--set", fmt.Sprintf("networkPolicy.allowedNamespaces.%s=true,networkPolicy.allowedNamespaces.ingress=true,networkPolicy.allowedNamespaces.%s=true", p.name, loadNamespace))
	var err error
	p.kubeconfig, err = cluster.DeployerKubeconfig(t.Context(), admin.kubeconfig, cluster.DeployerOptions{Namespace: p.name})
	require.NoError(t, err)
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

// deadline of every wait: many times what a busy machine needs.
const deadline = 5 * time.Minute

// eventually fails the test unless check returns nil before the deadline.
func eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, deadline, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	require.NoError(t, err, "%s: %v", what, last)
}
