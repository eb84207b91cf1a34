package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestExternalSecrets(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   string
		env    bool
	}{
		{name: "keys", values: yaml("externalSecrets: {keys: {store: vault, data: {A: {key: project/a, property: p}, B: {key: project/b, version: '2'}, C: {key: c}}}}", "externalSecrets: {keys: {data: {C: null}}}"), want: `
refreshInterval: 1h
secretStoreRef: {name: vault, kind: SecretStore}
target: {name: example-microservice-keys}
data:
  - {secretKey: A, remoteRef: {key: project/a, property: p}}
  - {secretKey: B, remoteRef: {key: project/b, version: "2"}}`},
		{name: "all keys, as variables", values: yaml("externalSecrets: {keys: {store: vault, storeKind: ClusterSecretStore, refreshInterval: 5m, env: true, extract: project/all}}"), env: true, want: `
refreshInterval: 5m
secretStoreRef: {name: vault, kind: ClusterSecretStore}
target: {name: example-microservice-keys}
dataFrom: [{extract: {key: project/all}}]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireCustom(t, rendered(t, c.values), "external-secrets.io/v1", "ExternalSecret", name+"-keys", c.want)
			var variables []corev1.EnvFromSource
			if c.env {
				variables = append(variables, secretVariables(name+"-keys"))
			}
			require.Equal(t, variables, container(t, c.values).EnvFrom)
		})
	}
}

// Named twice, it is there once.
func TestExternalSecretBesideTheSameInEnvFrom(t *testing.T) {
	require.Equal(t, []corev1.EnvFromSource{secretVariables(name + "-keys")},
		container(t, yaml("externalSecrets: {keys: {store: vault, env: true, extract: a}}", "envFrom: {secrets: {example-microservice-keys: true}}")).EnvFrom)
}

func TestNoExternalSecrets(t *testing.T) {
	require.Empty(t, custom(rendered(t, yaml("externalSecrets: {keys: {store: vault, extract: a}}", "externalSecrets: {keys: null}")), "ExternalSecret"))
}
