package kindcluster

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	// projects is the namespace that the projects' own releases are in.
	projects = "projects"
	// root of the repository, from the folder of a suite.
	root = "../../.."
	// explainTimeout bounds what is asked after a test, whose own context has ended by then.
	explainTimeout = 2 * time.Minute
)

// NewProject sets a project up as an administrator does, with charts/project and further arguments of helm, and returns
// the kubeconfig of its deployer, with a fresh token and nothing of the administrator's. The ingress controller reaches
// its pods. It is removed with the test, as Explain says.
func (c *Cluster) NewProject(t *testing.T, name, environment string, args ...string) (kubeconfig string) {
	t.Helper()
	c.Explain(t, name)
	administrator := helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: c.Kubeconfig}
	administrator.Must("helm", append([]string{"upgrade", "--install", name, filepath.Join(root, "charts/project"),
		"--namespace", projects, "--create-namespace",
		"--set", "environment=" + environment, "--set", "networkPolicy.allowedNamespaces.ingress=true"}, args...)...)
	kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), c.Kubeconfig, cluster.DeployerOptions{Namespace: name})
	require.NoError(t, err)
	return kubeconfig
}

// Explain removes a project and its namespace with the test. Where the test fails they stay, and what is in the namespace
// is printed: Helm's history, what is there, its conditions and events, and the logs of its pods.
func (c *Cluster) Explain(t *testing.T, namespace string) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), explainTimeout)
		defer cancel()
		if !t.Failed() {
			c.remove(ctx, t, namespace)
			return
		}
		t.Logf("namespace %s is kept", namespace)
		show := func(name string, args ...string) string {
			cmd := exec.CommandContext(ctx, helmcli.Helm4.Path(name), append(args, "--kubeconfig", c.Kubeconfig, "--namespace", namespace)...)
			output, _ := cmd.CombinedOutput()
			t.Logf("%s %v\n%s", name, args, output)
			return string(output)
		}
		show("helm", "list")
		show("kubectl", "get", "secrets", "--selector", "owner=helm", "--show-labels")
		show("kubectl", "get", "all,configmaps,ingresses,endpointslices,poddisruptionbudgets", "--output", "wide")
		show("kubectl", "describe", "deployments,pods")
		show("kubectl", "get", "events", "--sort-by", ".metadata.creationTimestamp")
		pods, err := c.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			t.Log(err)
			return
		}
		for _, pod := range pods.Items {
			show("kubectl", "logs", pod.Name, "--tail", "50")
			show("kubectl", "logs", pod.Name, "--tail", "50", "--previous")
		}
	})
}

// remove removes a project and its namespace, and does not wait for the end of its pods.
func (c *Cluster) remove(ctx context.Context, t *testing.T, namespace string) {
	cmd := exec.CommandContext(ctx, helmcli.Helm4.Path("helm"), "uninstall", namespace, "--kubeconfig", c.Kubeconfig, "--namespace", projects, "--ignore-not-found")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Logf("remove project %s: %v\n%s", namespace, err, output)
	}
	if err := c.Client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}); err != nil {
		t.Logf("remove namespace %s: %v", namespace, err)
	}
}
