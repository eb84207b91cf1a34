//go:build e2e && long

package kind

import "gitlab.example.com/platform/slipway/test/suite/helmcli"

var (
	helmsOfFailures = helmcli.Programs
	takeovers       = []handMade{{helmcli.Helm3, false}, {helmcli.Helm4, true}, {helmcli.Helm3, true}, {helmcli.Helm4, false}}
)
