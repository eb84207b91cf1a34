package make_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMistakes(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	_, exitCode := s.run(t, "make deploy")
	require.Zero(t, exitCode)
	const admin = "KUBECONFIG=$(.build/slipway cluster kubeconfig) "
	// Every object in every namespace, but for what controllers write on their own.
	const everything = admin + `"$(.build/slipway tool kubectl)" get namespaces,deployments,services,configmaps,secrets,ingresses ` +
		`--all-namespaces --output jsonpath='{range .items[*]}{.metadata.uid}{.metadata.resourceVersion}{"\n"}{end}'`
	before, _ := s.run(t, everything)

	for _, mistake := range []struct{ name, command, says string }{
		{"no values for the environment", "make deploy ENV=qa", "there is no test/example-microservice/deploy/values-qa.yaml; there are values for: dev prod stg"},
		{"no such service", "make deploy SERVICE=other", "SERVICE=other: there is no test/other/deploy"},
		{"no tag", "make deploy TAG=", "image.tag: is empty"},
		{"a context that is not there", admin + "make deploy CLUSTER=kidn", "CLUSTER=kidn: is neither embedded nor kind, nor a context of your kubeconfig, which has: slipway"},
		{"to go back in such a context", admin + "make rollback CLUSTER=kidn", "CLUSTER=kidn: is neither embedded nor kind, nor a context of your kubeconfig, which has: slipway"},
		{"no kubeconfig", "KUBECONFIG=nowhere make deploy CLUSTER=slipway", "nor a context of your kubeconfig, which has: none"},
		{"to remove a cluster of one's own", admin + "make down CLUSTER=slipway", "CLUSTER=slipway: make down removes only a cluster that make has started: embedded or kind"},
		{"no such suite", "make e2e SUITE=knid", "SUITE=knid: takes no Docker, or is not there; those that do: jobs kind pipeline registry release"},
		{"a namespace that is not there", admin + "make deploy CLUSTER=slipway NAMESPACE=other", "helm --kube-context slipway upgrade --install other charts/project --namespace projects --create-namespace --set environment=dev"},
		{"nothing to go back to", "make rollback", "example-microservice in namespace the-project: there is no good revision before the one that is live; there are:\n  1\tdeployed\tInstall complete"},
		{"to go back where nothing was deployed", "make rollback ENV=stg", "helm upgrade --install the-project-stg charts/project"},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			output, exitCode := s.run(t, mistake.command)
			require.NotZero(t, exitCode)
			require.Contains(t, output, mistake.says)
			after, _ := s.run(t, everything)
			require.Equal(t, before, after, "nothing changed in the cluster")
		})
	}
}

// A cluster of the user's own is a context of its kubeconfig.
func TestOwnCluster(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	_, exitCode := s.run(t, "make slipway && .build/slipway cluster up")
	require.Zero(t, exitCode)
	const admin = "export KUBECONFIG=$(.build/slipway cluster kubeconfig); "
	output, exitCode := s.run(t, admin+"make deploy CLUSTER=slipway")
	require.NotZero(t, exitCode)
	_, rest, _ := strings.Cut(output, "an administrator does:\n  helm ")
	project, _, ok := strings.Cut(rest, "\n")
	require.True(t, ok, output)
	_, exitCode = s.run(t, admin+`"$(.build/slipway tool helm4)" `+project)
	require.Zero(t, exitCode)

	output, exitCode = s.run(t, admin+"make deploy CLUSTER=slipway")
	require.Zero(t, exitCode)
	require.Contains(t, output, "deployment.apps/example-microservice   2/2")
	require.NotContains(t, output, "simulated")
}
