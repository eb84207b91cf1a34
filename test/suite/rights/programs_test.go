package rights

import (
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

type program = helmcli.Program

var helm3, helm4 = helmcli.Helm3, helmcli.Helm4

// noValidation keeps Helm from checking manifests against the API server's OpenAPI documents before it sends them, which
// is half of the time that it takes, and which TestPage and the proof's core have anyway.
const noValidation = "--disable-openapi-validation"

// terminal is where the administrator or a deployer types commands.
type terminal struct{ helmcli.Terminal }

func newTerminal(t *testing.T, p *program, kubeconfig string) terminal {
	return terminal{helmcli.Terminal{T: t, Program: p, Kubeconfig: kubeconfig}}
}
