//go:build e2e

package pipeline

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// killUpgrade waits until an upgrade of the service is under way in an environment, and kills the container of its job,
// as a runner that is lost does. It returns when that is done, or with an error when ctx ends before.
func (s service) killUpgrade(ctx context.Context, environment string) error {
	secrets := shared.Client.CoreV1().Secrets(s.environments[environment].namespace)
	err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		pending, err := secrets.List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=" + serviceName + ",status=pending-upgrade"})
		return err == nil && len(pending.Items) > 0, nil
	})
	if err != nil {
		return fmt.Errorf("no upgrade began: %w", err)
	}
	running, err := exec.CommandContext(ctx, "docker", "ps", "--quiet", "--filter", "ancestor="+jobImage).Output()
	if err != nil {
		return err
	}
	for _, container := range strings.Fields(string(running)) {
		env, err := exec.CommandContext(ctx, "docker", "inspect", "--format", "{{json .Config.Env}}", container).Output()
		if err != nil || !strings.Contains(string(env), s.repository()) { // another service's, or ended by now
			continue
		}
		if output, err := exec.CommandContext(ctx, "docker", "kill", container).CombinedOutput(); err != nil {
			return fmt.Errorf("docker kill: %w: %s", err, output)
		}
		return nil
	}
	return fmt.Errorf("no job of %s runs", s.repository())
}
