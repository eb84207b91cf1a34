package scale

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const projectChart = "../../../charts/project"

// project is a namespace with its deployer.
type project struct {
	name       string
	kubeconfig string // the deployer's
}

// installProjects makes the projects as the administrator.
func installProjects(t *testing.T) []project {
	t.Helper()
	admins := helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: admin.Kubeconfig}
	var all []project
	for i := range *projects {
		name := fmt.Sprintf("project-%02d", i)
		admins.Must("helm", "upgrade", "--install", name, projectChart, "--namespace", "projects", "--create-namespace", "--set", "environment=dev")
		kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), admin.Kubeconfig, cluster.DeployerOptions{Namespace: name})
		require.NoError(t, err)
		all = append(all, project{name: name, kubeconfig: kubeconfig})
	}
	return all
}
