//go:build e2e && long

package kind

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

var (
	helmsOfFailures = helmcli.Programs
	// Not in each change: a small node may have it crawl for minutes instead, as its program is read from disk again and again.
	moreFailures = []failure{{
		name: "out of memory at start", version: "v2",
		args: func(r release) []string {
			// Far more hosts than fit. Go's own limit would have it collect garbage for ever instead; and
			// on a busy machine it may be the startup probe that ends it first.
			hosts := strings.TrimSuffix(strings.Repeat("a, ", 100_000), ", ")
			return append(r.config("message: hello\ntoken: {expHours: 1}\ncassandra: {keyspace: dev, cluster: ["+hosts+"]}"),
				"--set", "resources.requests.memory=16Mi,resources.limits.memory=16Mi,startupProbe.failureThreshold=150", "--set-string", "env.GOMEMLIMIT=off")
		},
		// containerd does not always hear of the kernel's reason.
		says: []string{badContainer + `crashes`, `terminated: (OOMKilled|Error), exit code 137, memory limit 16Mi \(3 times\)`},
		next: eventsOfPod,
	}}
	takeovers = []handMade{
		{helm: helmcli.Helm3}, {helm: helmcli.Helm4, preStop: true}, {helm: helmcli.Helm3, preStop: true}, {helm: helmcli.Helm4},
		{helm: helmcli.Helm3, label: "app.kubernetes.io/name"}, {helm: helmcli.Helm4, label: "app.kubernetes.io/name"},
		{helm: helmcli.Helm3, serviceType: corev1.ServiceTypeLoadBalancer}, {helm: helmcli.Helm4, serviceType: corev1.ServiceTypeLoadBalancer},
	}
)
