//go:build e2e

package kind

import (
	"context"
	"os/exec"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// explainFailure removes a namespace with the test. Where the test fails the namespace stays, and what is in it is printed:
// Helm's history, what is there, its conditions and events, and the logs of its pods.
func explainFailure(t *testing.T, namespace string) {
	t.Cleanup(func() {
		// The test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if !t.Failed() {
			remove(ctx, t, namespace)
			return
		}
		t.Logf("namespace %s is kept", namespace)
		show := func(name string, args ...string) {
			cmd := exec.CommandContext(ctx, helmcli.Helm4.Path(name), append(args, "--kubeconfig", admin.kubeconfig, "--namespace", namespace)...)
			output, _ := cmd.CombinedOutput()
			t.Logf("%s %v\n%s", name, args, output)
		}
		show("helm", "history", service)
		show("kubectl", "get", "all,configmaps,ingresses,endpointslices,poddisruptionbudgets", "--output", "wide")
		show("kubectl", "describe", "deployments,pods")
		show("kubectl", "get", "events", "--sort-by", ".metadata.creationTimestamp")
		pods, err := admin.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
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
func remove(ctx context.Context, t *testing.T, namespace string) {
	cmd := exec.CommandContext(ctx, helmcli.Helm4.Path("helm"), "uninstall", namespace, "--kubeconfig", admin.kubeconfig, "--namespace", projects, "--ignore-not-found")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Logf("remove project %s: %v\n%s", namespace, err, output)
	}
	if err := admin.client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}); err != nil {
		t.Logf("remove namespace %s: %v", namespace, err)
	}
}
