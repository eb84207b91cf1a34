// Package explain prints, for a test that failed, what the controllers said in its namespaces.
package explain

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// timeout of all that is asked for one test: its own context has ended by then.
const timeout = time.Minute

// Failure prints, if the test fails, the conditions of deployments and pods, and the events, of the namespaces. The
// client must be allowed to list them.
func Failure(t *testing.T, client kubernetes.Interface, namespaces ...string) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		for _, namespace := range namespaces {
			conditions(ctx, t, client, namespace)
			events(ctx, t, client, namespace)
		}
	})
}

func conditions(ctx context.Context, t *testing.T, client kubernetes.Interface, namespace string) {
	deployments, err := client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Logf("%s: deployments: %v", namespace, err)
		return
	}
	for _, d := range deployments.Items {
		for _, c := range d.Status.Conditions {
			t.Logf("%s: deployment %s: %s=%s %s: %s", namespace, d.Name, c.Type, c.Status, c.Reason, c.Message)
		}
	}
	pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Logf("%s: pods: %v", namespace, err)
		return
	}
	for _, p := range pods.Items {
		for _, c := range p.Status.Conditions {
			t.Logf("%s: pod %s: %s=%s %s: %s", namespace, p.Name, c.Type, c.Status, c.Reason, c.Message)
		}
	}
}

func events(ctx context.Context, t *testing.T, client kubernetes.Interface, namespace string) {
	events, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Logf("%s: events: %v", namespace, err)
		return
	}
	for _, e := range events.Items {
		t.Logf("%s: event: %s %s %s/%s: %s", namespace, e.Type, e.Reason, e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Message)
	}
}
