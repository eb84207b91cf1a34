package deploy

import (
	"context"
	"fmt"
	"testing"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/stretchr/testify/require"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// required are the values that the chart has no default for.
var required = []string{"--set", "environment=dev", "--set", "image.repository=registry.example.com/the-project/" + service}

// likeMake are the flags of `make deploy`.
func likeMake(p *program) []string {
	return []string{p.RollbackOnFailure, "--wait", "--timeout", "5m"}
}

// A deployer without any right outside its namespace can do all that a release needs, and nothing stays behind.
func TestLifecycle(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		r.validates = true
		requireNoRightElsewhere(t, r.kubeconfig)
		namespace := k8s.GetNamespaceContext(t, t.Context(), asAdmin(""), r.namespace)
		before := everything(t.Context(), t, r.namespace)

		// Default values plus the required ones, then the example service's.
		defaults := r
		defaults.values = nil
		args := append(append([]string{"--set", "image.tag=dev-1"}, required...), likeMake(p)...)
		require.NoError(t, defaults.upgrade(args...))
		installed := everything(t.Context(), t, r.namespace)
		require.NotContains(t, installed.keys(), "Ingress/"+r.name)

		require.NoError(t, r.upgrade(append([]string{"--set", "image.tag=dev-2"}, likeMake(p)...)...))
		require.Contains(t, everything(t.Context(), t, r.namespace).keys(), "Ingress/"+r.name)

		require.NoError(t, r.rollback(1, "--wait"))
		require.Empty(t, installed.released().difference(everything(t.Context(), t, r.namespace).released()))

		require.NoError(t, r.uninstall())
		eventually.NoError(t, "nothing left of the release", func(ctx context.Context) error {
			left := everything(ctx, t, r.namespace)
			for key := range before {
				delete(left, key)
			}
			// The controllers make these for every namespace, a moment after it.
			delete(left, "ConfigMap/kube-root-ca.crt")
			delete(left, "ServiceAccount/default")
			if len(left) > 0 {
				return fmt.Errorf("there still are %v", left.keys())
			}
			return nil
		})
		require.Equal(t, namespace, k8s.GetNamespaceContext(t, t.Context(), asAdmin(""), r.namespace))
	})
}

// requireNoRightElsewhere proves that the holder of a kubeconfig is no administrator.
func requireNoRightElsewhere(t *testing.T, kubeconfig string) {
	t.Helper()
	for _, right := range []authorizationv1.ResourceAttributes{
		{Verb: "get", Resource: "namespaces", Name: metav1.NamespaceSystem},
		{Verb: "list", Resource: "namespaces"},
		{Verb: "create", Resource: "namespaces"},
		{Verb: "list", Resource: "nodes"},
		{Verb: "get", Resource: "secrets", Namespace: metav1.NamespaceDefault},
		{Verb: "create", Group: "apps", Resource: "deployments", Namespace: metav1.NamespaceDefault},
	} {
		require.False(t, k8s.CanIDoContext(t, t.Context(), as(kubeconfig, ""), right), "the deployer may: %+v", right)
	}
}

// A new tag changes the Deployment's image and nothing else.
func TestNewTagChangesTheImageAlone(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		first := everything(t.Context(), t, r.namespace).released()
		require.Subset(t, first.keys(), []string{
			"ConfigMap/" + r.name, "Deployment/" + r.name, "Ingress/" + r.name, "Service/" + r.name, "ServiceAccount/" + r.name,
		})

		require.NoError(t, r.upgrade("--set", "image.tag=dev-2"))
		second := everything(t.Context(), t, r.namespace).released()
		require.Equal(t, []string{
			"Deployment/" + r.name + " spec.template.spec.containers.[0].image: " +
				image("dev-1") + " -> " + image("dev-2"),
		}, first.difference(second))

		// Any other change would have been seen.
		require.NoError(t, r.upgrade("--set", "image.tag=dev-2", "--set", "client=another"))
		require.Contains(t, second.difference(everything(t.Context(), t, r.namespace).released()),
			"Service/"+r.name+" metadata.labels.client: internal -> another")
	})
}

// otherRelease are values that differ from the example's in every kind of object.
const otherRelease = `
replicas: 3
podDisruptionBudget: {maxUnavailable: 2}
env: {ADDED: "1", BASE_PATH: null}
config: {files: {dev_config.yml: "message: other\n", added.yml: "added: true\n"}}
ports: {metrics: {port: 9090}}
serviceAccount: {annotations: {example.com/added: "true"}}
ingress: {annotations: {example.com/added: "true"}}
`

func TestRollbackRestoresEverything(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		first := everything(t.Context(), t, r.namespace).released()

		require.NoError(t, r.with(otherRelease).upgrade("--set", "image.tag=dev-2"))
		second := everything(t.Context(), t, r.namespace).released()
		require.Equal(t, first.keys(), second.keys())
		for key := range first {
			require.NotEqual(t, first[key], second[key], "the test changes too little")
		}

		require.NoError(t, r.rollback(1))
		require.Empty(t, first.difference(everything(t.Context(), t, r.namespace).released()))
		requireFirstRelease(t, r)
	})
}

// requireFirstRelease waits for the pods and checks that they are those of the example's values with tag dev-1.
func requireFirstRelease(t *testing.T, r release) {
	t.Helper()
	pods := r.settledPods()
	require.Len(t, pods, 2)
	for _, pod := range pods {
		require.Equal(t, image("dev-1"), pod.Spec.Containers[0].Image)
		require.Contains(t, configuration(t, pod)["dev_config.yml"], "message: hello from dev\n")
	}
}

// A release can go from Helm 3 to Helm 4 and back.
func TestBothHelmsOnOneRelease(t *testing.T) {
	t.Parallel()
	r := newRelease(t, helm3)

	require.NoError(t, r.by(helm3).upgrade("--set", "image.tag=dev-1"))
	first := everything(t.Context(), t, r.namespace).released()
	requireFirstRelease(t, r)

	require.NoError(t, r.by(helm4).with(otherRelease).upgrade("--set", "image.tag=dev-2"))
	pods := r.settledPods()
	require.Len(t, pods, 3)
	require.Equal(t, "message: other\n", configuration(t, pods[0])["dev_config.yml"])

	require.NoError(t, r.by(helm3).rollback(1))
	require.Empty(t, first.difference(everything(t.Context(), t, r.namespace).released()))
	requireFirstRelease(t, r)

	var history []string
	for _, revision := range r.history() {
		history = append(history, revision.Status+": "+revision.Description)
	}
	require.Equal(t, []string{"superseded: Install complete", "superseded: Upgrade complete", "deployed: Rollback to 1"}, history)
	require.NoError(t, r.by(helm4).uninstall())
}
