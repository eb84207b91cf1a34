package takeover

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// reasons returns why pods of the chart's Deployments are not ready, a line each.
func (t *takeover) reasons(ctx context.Context, p *plan) string {
	var lines strings.Builder
	for _, object := range p.objects {
		if object.GetKind() != "Deployment" {
			continue
		}
		selector, _, _ := unstructured.NestedStringMap(object.Object, "spec", "selector", "matchLabels")
		pods, err := t.cluster.Typed.CoreV1().Pods(object.GetNamespace()).List(ctx, metav1.ListOptions{
			LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: selector}),
		})
		if err != nil {
			return "\n" + err.Error()
		}
		for _, pod := range pods.Items {
			for _, status := range pod.Status.ContainerStatuses {
				if why := reason(status); why != "" {
					fmt.Fprintf(&lines, "\nPod/%s, container %s: %s", pod.Name, status.Name, why)
				}
			}
		}
	}
	return lines.String()
}

// reason returns why a container is not ready, as Kubernetes says it; empty if it is.
func reason(status corev1.ContainerStatus) string {
	switch {
	case status.Ready:
		return ""
	case status.State.Waiting != nil:
		return strings.TrimSpace(status.State.Waiting.Reason + " " + status.State.Waiting.Message)
	case status.State.Terminated != nil:
		return fmt.Sprintf("%s, exit code %d", status.State.Terminated.Reason, status.State.Terminated.ExitCode)
	default:
		return "it runs and is not ready"
	}
}
