package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServiceMonitor(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   string
	}{
		{name: "by default", values: yaml("serviceMonitor: {enabled: true}"), want: `
selector: {matchLabels: {app: example-microservice}}
endpoints: [{port: http, path: /metrics, interval: 30s, relabelings: [{action: keep, sourceLabels: [__meta_kubernetes_service_name], regex: example-microservice}]}]`},
		{name: "elsewhere", values: yaml("{ports: {admin: {port: 9000}}, serviceMonitor: {enabled: true, port: admin, path: /stats, interval: 1m}}"), want: `
selector: {matchLabels: {app: example-microservice}}
endpoints: [{port: admin, path: /stats, interval: 1m, relabelings: [{action: keep, sourceLabels: [__meta_kubernetes_service_name], regex: example-microservice}]}]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireCustom(t, rendered(t, c.values), "monitoring.coreos.com/v1", "ServiceMonitor", name, c.want)
		})
	}
}

func TestPrometheusRule(t *testing.T) {
	manifests := rendered(t, yaml(`
prometheusRule:
  enabled: true
  alerts:
    Down: {expr: up == 0, for: 5m, labels: {severity: page}, annotations: {summary: "{{ $labels.pod }} is down"}}
    Gone: {expr: absent(up)}
`, "prometheusRule: {alerts: {Gone: null}}"))
	requireCustom(t, manifests, "monitoring.coreos.com/v1", "PrometheusRule", name, `
groups:
  - name: example-microservice
    rules:
      - {alert: Down, expr: up == 0, for: 5m, labels: {severity: page}, annotations: {summary: "{{ $labels.pod }} is down"}}`)
}

// A Prometheus server may select by labels of its own; those that all objects have stay.
func TestMonitoringLabels(t *testing.T) {
	manifests := rendered(t, yaml(`
serviceMonitor: {enabled: true, labels: {release: prometheus, app: other}}
prometheusRule: {enabled: true, labels: {role: alerts}, alerts: {Down: {expr: up == 0}}}
`))
	monitor, rule := custom(manifests, "ServiceMonitor")[0].GetLabels(), custom(manifests, "PrometheusRule")[0].GetLabels()
	require.Equal(t, "prometheus", monitor["release"])
	require.Equal(t, name, monitor["app"])
	require.Equal(t, "alerts", rule["role"])
	require.Equal(t, name, rule["app"])
}

func TestNoMonitoring(t *testing.T) {
	manifests := rendered(t, yaml())
	require.Empty(t, custom(manifests, "ServiceMonitor"))
	require.Empty(t, custom(manifests, "PrometheusRule"))
}
