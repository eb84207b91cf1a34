//go:build e2e && !long

package kind

import "gitlab.example.com/platform/slipway/test/suite/helmcli"

// What takes minutes is tried with each Helm by `make e2e-long`, and with the one that the pipeline has by default here.
var (
	helmsOfFailures = []*helmcli.Program{helmcli.Helm4}
	moreFailures    []failure
	takeovers       = []handMade{{helmcli.Helm3, false}, {helmcli.Helm4, true}}
)
