package rollout

import (
	"context"
	"os/exec"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// explainFailure prints, if the test fails, Helm's history of the service, and the conditions and events of what is its own.
func (s service) explainFailure() {
	if !s.t.Failed() {
		return
	}
	// The test's own context has ended.
	ctx, cancel := context.WithTimeout(context.Background(), eventually.Deadline)
	defer cancel()
	history, _ := exec.CommandContext(ctx, s.program.Path("helm"), "history", s.name, "--namespace", namespace, "--kubeconfig", admin.Kubeconfig).CombinedOutput()
	s.t.Logf("helm history %s\n%s", s.name, history)
	pods, err := admin.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + s.name})
	s.t.Logf("list pods: %v", err)
	for _, pod := range pods.Items {
		s.t.Logf("pod %s: %s %+v", pod.Name, pod.Spec.Containers[0].Image, pod.Status.Conditions)
	}
	events, err := admin.Typed.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{})
	s.t.Logf("list events: %v", err)
	for _, e := range events.Items {
		if strings.HasPrefix(e.InvolvedObject.Name, s.name) {
			s.t.Logf("event: %s %s %s/%s: %s", e.Type, e.Reason, e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Message)
		}
	}
}
