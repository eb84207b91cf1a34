package deploy

import (
	"context"
	"os/exec"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// explainFailure prints, where the test fails, Helm's history and what the controllers said in the namespaces.
func (r release) explainFailure(namespaces ...string) {
	r.t.Cleanup(func() {
		if !r.t.Failed() {
			return
		}
		// The test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		history := exec.CommandContext(ctx, r.program.Path("helm"), "history", r.name, "--namespace", r.namespace, "--kubeconfig", admin.kubeconfig)
		output, _ := history.CombinedOutput()
		r.t.Logf("helm history %s --namespace %s\n%s", r.name, r.namespace, output)
		for _, namespace := range namespaces {
			explain(ctx, r.t, admin.typed, namespace)
		}
	})
}

// explain prints the conditions of deployments and pods, and the events, of a namespace.
func explain(ctx context.Context, t *testing.T, client kubernetes.Interface, namespace string) {
	if deployments, err := client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, d := range deployments.Items {
			for _, c := range d.Status.Conditions {
				t.Logf("%s: deployment %s: %s=%s %s: %s", namespace, d.Name, c.Type, c.Status, c.Reason, c.Message)
			}
		}
	}
	if pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, p := range pods.Items {
			for _, c := range p.Status.Conditions {
				t.Logf("%s: pod %s: %s=%s %s: %s", namespace, p.Name, c.Type, c.Status, c.Reason, c.Message)
			}
		}
	}
	if events, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, e := range events.Items {
			t.Logf("%s: event: %s %s %s/%s: %s", namespace, e.Type, e.Reason, e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Message)
		}
	}
}
