package rights

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// explainFailure prints, where the test fails, the conditions of deployments and pods, and the events, of a namespace.
func explainFailure(t *testing.T, namespace string) {
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, namespace)
		}
	})
}

func explain(t *testing.T, namespace string) {
	// The test's own context has ended.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if deployments, err := admin.client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, d := range deployments.Items {
			for _, c := range d.Status.Conditions {
				t.Logf("%s: deployment %s: %s=%s %s: %s", namespace, d.Name, c.Type, c.Status, c.Reason, c.Message)
			}
		}
	}
	if pods, err := admin.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, p := range pods.Items {
			for _, c := range p.Status.Conditions {
				t.Logf("%s: pod %s: %s=%s %s: %s", namespace, p.Name, c.Type, c.Status, c.Reason, c.Message)
			}
		}
	}
	if events, err := admin.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, e := range events.Items {
			t.Logf("%s: event: %s %s %s/%s: %s", namespace, e.Type, e.Reason, e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Message)
		}
	}
}
