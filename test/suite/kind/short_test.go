//go:build e2e && !long

package kind

import (
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// What takes minutes is tried with each Helm by `make e2e-long`, and with the one that the pipeline has by default here.
var (
	helmsOfFailures = []*helmcli.Program{helmcli.Helm4}
	moreFailures    []failure
	takeovers       = []handMade{
		{helm: helmcli.Helm3}, {helm: helmcli.Helm4, preStop: true},
		{helm: helmcli.Helm4, label: "app.kubernetes.io/name"}, {helm: helmcli.Helm3, serviceType: corev1.ServiceTypeLoadBalancer},
	}
)
