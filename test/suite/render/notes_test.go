package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNotes(t *testing.T) {
	const commands = `example-microservice example-microservice:dev-1 is in namespace the-project (dev).

See it:       kubectl get po,svc,deploy,ing -l app=example-microservice -n the-project
Follow it:    kubectl rollout status deploy/example-microservice -n the-project
Read its log: kubectl logs deploy/example-microservice -n the-project --tail 50 --follow
Go back:      slipway rollback example-microservice -n the-project
  or:         helm rollback example-microservice REVISION -n the-project --wait
              which helm history example-microservice -n the-project calls complete
`
	cases := []struct {
		name   string
		values given
		want   string
	}{
		{name: "reached through its ports", values: yaml("ports: {admin: {port: 9000}, grpc: {port: 9090}, debug: {port: 6060, service: false}}", "ports: {grpc: null}"), want: commands + `Reach it:     kubectl port-forward svc/example-microservice 9000:admin -n the-project
Reach it:     kubectl port-forward svc/example-microservice 8080:http -n the-project
`},
		{name: "reached through its hosts", values: yaml(ingress, "ingress: {hosts: {api.example.com: {paths: {/a: {}, /gone: null}}, gone.example.com: null}}"), want: commands + `
It answers at
  https://api.example.com/
  https://api.example.com/a
`},
		{name: "reached without TLS", values: yaml(ingress, "ingress: {tls: {enabled: false}}"), want: commands + `
It answers at
  http://api.example.com/
`},
		{name: "not reached", values: yaml(worker), want: commands},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, rendered(t, c.values).Notes)
		})
	}
}

// Helm keeps a release in its own namespace, wherever its objects are.
func TestNotesNameTheNamespaceThatEachCommandNeeds(t *testing.T) {
	notes := rendered(t, yaml("namespace: {name: other}")).Notes
	require.Contains(t, notes, "-l app=example-microservice -n other\n")
	require.Contains(t, notes, "slipway rollback example-microservice -n the-project\n")
	require.Contains(t, notes, "helm history example-microservice -n the-project calls")
	require.Contains(t, notes, "helm rollback example-microservice REVISION -n the-project --wait\n")
}
