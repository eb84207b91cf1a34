package deploy

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/gruntwork-io/terratest/modules/logger"
	authorizationv1 "k8s.io/api/authorization/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
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
	eventually.NoError(t, fmt.Sprintf("right to %s %s", right.Verb, right.Resource), func(ctx context.Context) error {
		allowed, err := k8s.CanIDoContextE(t, ctx, as(kubeconfig, right.Namespace), right)
		if err == nil && !allowed {
			err = errors.New("not allowed")
		}
		return err
	})
}
