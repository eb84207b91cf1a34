package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

const (
	pollInterval = 25 * time.Millisecond
	// readyTimeout bounds each wait; it takes about two seconds where nothing else runs.
	readyTimeout = 2 * time.Minute
)

// waitForAPIServer returns when the API server says that it is ready, its start-up hooks included: they make the
// built-in cluster roles, priority classes and namespaces.
func waitForAPIServer(ctx context.Context, client kubernetes.Interface) error {
	return waitFor(ctx, "the API server", func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// waitForControllers returns when what users rely on in a new cluster is there, which proves that the controllers work.
func waitForControllers(ctx context.Context, client kubernetes.Interface, nodes int) error {
	return waitFor(ctx, "the controllers", func(ctx context.Context) error {
		if _, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return err
		}
		if _, err := client.CoreV1().ConfigMaps(metav1.NamespaceDefault).Get(ctx, "kube-root-ca.crt", metav1.GetOptions{}); err != nil {
			return err
		}
		// The deployer's role: empty until it is put together from others.
		role, err := client.RbacV1().ClusterRoles().Get(ctx, "edit", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if len(role.Rules) == 0 {
			return fmt.Errorf("ClusterRole edit has no rules yet")
		}
		list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if usable := countUsable(list.Items); usable != nodes {
			return fmt.Errorf("%d of %d nodes take pods", usable, nodes)
		}
		return nil
	})
}

// countUsable counts the nodes that are ready and no longer tainted as new.
func countUsable(nodes []corev1.Node) int {
	usable := 0
	for _, node := range nodes {
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue && len(node.Spec.Taints) == 0 {
				usable++
			}
		}
	}
	return usable
}

// waitFor polls until ready returns nil; the error says what it waited for and what was missing last.
func waitFor(ctx context.Context, what string, ready func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, pollInterval, readyTimeout, true, func(ctx context.Context) (bool, error) {
		last = ready(ctx)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("%s not ready: %w; last: %v", what, err, last)
	}
	return nil
}
