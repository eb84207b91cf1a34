package deploy

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/stretchr/testify/require"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// asAdmin returns terratest's options for looking into a namespace as the administrator.
func asAdmin(namespace string) *k8s.KubectlOptions {
	options := k8s.NewKubectlOptionsWithRestConfig(admin.Config, namespace)
	options.Logger = logger.Discard
	return options
}

// as returns terratest's options for the holder of a kubeconfig.
func as(kubeconfig, namespace string) *k8s.KubectlOptions {
	options := k8s.NewKubectlOptions("", kubeconfig, namespace)
	options.Logger = logger.Discard
	return options
}

// waitForRights waits until the holder of a kubeconfig may deploy into the namespaces: the API server takes a moment to
// learn of a new role binding.
func waitForRights(t *testing.T, kubeconfig string, namespaces ...string) {
	t.Helper()
	for _, namespace := range namespaces {
		waitForRight(t, kubeconfig, authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: "create", Group: "apps", Resource: "deployments",
		})
	}
}

func waitForRight(t *testing.T, kubeconfig string, right authorizationv1.ResourceAttributes) {
	t.Helper()
	eventually(t, fmt.Sprintf("right to %s %s", right.Verb, right.Resource), func(ctx context.Context) error {
		allowed, err := k8s.CanIDoContextE(t, ctx, as(kubeconfig, right.Namespace), right)
		if err == nil && !allowed {
			err = errors.New("not allowed")
		}
		return err
	})
}

// deadline of every wait: many times what a busy machine needs.
const deadline = 3 * time.Minute

// eventually fails the test unless check returns nil before the deadline.
func eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, deadline, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	require.NoError(t, err, "%s: %v", what, last)
}
