package embedded

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// MakeNamespace makes a namespace with labels, and returns when it has the account that pods get.
func (a Administrator) MakeNamespace(ctx context.Context, name string, labels map[string]string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	if _, err := a.Typed.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := a.Typed.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return fmt.Errorf("the account default of namespace %s: %w", name, err)
	}
	return nil
}

// MakeProject installs charts/project, in folder chart, as a project of this name with further arguments of helm, and
// returns the path of a kubeconfig of its deployer.
func (a Administrator) MakeProject(ctx context.Context, chart, name string, args ...string) (string, error) {
	install := exec.CommandContext(ctx, helmcli.Helm4.Path("helm"), append([]string{
		"install", name, chart, "--kubeconfig", a.Kubeconfig, "--namespace", "projects", "--create-namespace", "--set", "environment=dev",
	}, args...)...)
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("install charts/project: %w\n%s", err, out)
	}
	return cluster.DeployerKubeconfig(ctx, a.Kubeconfig, cluster.DeployerOptions{Namespace: name})
}
