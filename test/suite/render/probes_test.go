package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe returns an HTTP probe with what differs from Kubernetes' defaults.
func probe(path string, period, timeout, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}},
		PeriodSeconds: period, TimeoutSeconds: timeout, FailureThreshold: failures,
	}
}

func connects(port string) corev1.ProbeHandler {
	return corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString(port)}}
}

func TestProbes(t *testing.T) {
	type probes struct{ startup, readiness, liveness *corev1.Probe }
	byDefault := probes{probe("/healthz", 2, 0, 30), probe("/readyz", 5, 2, 0), probe("/healthz", 10, 2, 6)}
	cases := []struct {
		name   string
		values given
		want   func(*probes)
	}{
		{name: "by default", values: yaml(), want: func(*probes) {}},
		{name: "other paths", values: yaml(`
startupProbe: {httpGet: {path: /started}}
readinessProbe: {httpGet: {path: /ready}}
livenessProbe: {httpGet: {path: /alive}}`), want: func(p *probes) {
			p.startup.HTTPGet.Path, p.readiness.HTTPGet.Path, p.liveness.HTTPGet.Path = "/started", "/ready", "/alive"
		}},
		{name: "other times", values: yaml(`
startupProbe: {periodSeconds: 1, failureThreshold: 60}
readinessProbe: {periodSeconds: 3, timeoutSeconds: 1, successThreshold: 2}
livenessProbe: {periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3, initialDelaySeconds: 4}`), want: func(p *probes) {
			*p = probes{probe("/healthz", 1, 0, 60), probe("/readyz", 3, 1, 0), probe("/healthz", 20, 5, 3)}
			p.readiness.SuccessThreshold = 2
			p.liveness.InitialDelaySeconds = 4
		}},
		{name: "another named port", values: yaml(`
ports: {admin: {port: 9000}}
startupProbe: {httpGet: {port: admin}}
readinessProbe: {httpGet: {port: admin}}
livenessProbe: {httpGet: {port: admin}}`), want: func(p *probes) {
			for _, probe := range []*corev1.Probe{p.startup, p.readiness, p.liveness} {
				probe.HTTPGet.Port = intstr.FromString("admin")
			}
		}},
		{name: "a number instead of a name", values: yaml("livenessProbe: {httpGet: {port: 9000}}"), want: func(p *probes) {
			p.liveness.HTTPGet.Port = intstr.FromInt32(9000)
		}},
		{name: "null over the chart", values: yaml("startupProbe: null", "livenessProbe: null").set("readinessProbe=null"), want: func(p *probes) {
			*p = probes{}
		}},
		{name: "null over an earlier file", values: yaml("livenessProbe: {periodSeconds: 20}", "livenessProbe: null"), want: func(p *probes) {
			p.liveness = nil
		}},
		{name: "tcp", values: yaml("readinessProbe: {httpGet: null, tcpSocket: {port: http}}"), want: func(p *probes) {
			p.readiness.ProbeHandler = corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString("http")}}
		}},
		{name: "grpc", values: yaml("readinessProbe: {httpGet: null, grpc: {port: 9090}}"), want: func(p *probes) {
			p.readiness.ProbeHandler = corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9090}}
		}},
		{name: "exec, and nothing else in a worker", values: yaml(worker, "livenessProbe: {exec: {command: [/server, check]}, httpGet: null}"), want: func(p *probes) {
			*p = probes{liveness: p.liveness}
			p.liveness.ProbeHandler = corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/server", "check"}}}
		}},
		{name: "another kind takes the place of the default", values: yaml("{startupProbe: {exec: {command: [/a]}}, readinessProbe: {grpc: {port: 9090}}, livenessProbe: {tcpSocket: {port: http}}}"), want: func(p *probes) {
			p.startup.ProbeHandler = corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/a"}}}
			p.readiness.ProbeHandler = corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9090}}
			p.liveness.ProbeHandler = connects("http")
		}},
		{name: "none", values: yaml("probes: none"), want: func(p *probes) { *p = probes{} }},
		{name: "none but one", values: yaml("{probes: none, readinessProbe: {httpGet: {path: /ping}}, livenessProbe: {periodSeconds: 3}}"), want: func(p *probes) {
			p.readiness.HTTPGet.Path = "/ping"
			*p = probes{readiness: p.readiness}
		}},
		{name: "of a worker", values: yaml("{probes: none, ports: {http: null}}"), want: func(p *probes) { *p = probes{} }},
		{name: "an image that is not the team's", values: yaml("image: {foreign: true}"), want: func(p *probes) { *p = probes{} }},
		{name: "an image that is not the team's with a port", values: yaml("{image: {foreign: true}, probes: tcp, ports: {http: null, redis: {port: 6379}}}"), want: func(p *probes) {
			for _, probe := range []*corev1.Probe{p.startup, p.readiness, p.liveness} {
				probe.ProbeHandler = connects("redis")
			}
		}},
		{name: "whether a port takes connections", values: yaml("{probes: tcp, startupProbe: null, livenessProbe: {exec: {command: [/a]}}}"), want: func(p *probes) {
			p.startup = nil
			p.readiness.ProbeHandler = connects("http")
			p.liveness.ProbeHandler = corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/a"}}}
		}},
		{name: "the health service", values: yaml("{probes: grpc, ports: {grpc: {port: 80, containerPort: 9090}}}"), want: func(p *probes) {
			for _, probe := range []*corev1.Probe{p.startup, p.readiness, p.liveness} {
				probe.ProbeHandler = corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9090}}
			}
		}},
		{name: "a handler that an earlier file set and a later one removed", values: yaml("readinessProbe: {httpGet: null, exec: {command: [/a]}}", "readinessProbe: {exec: null, grpc: {port: 9090}}"), want: func(p *probes) {
			p.readiness.ProbeHandler = corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9090}}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := probes{byDefault.startup.DeepCopy(), byDefault.readiness.DeepCopy(), byDefault.liveness.DeepCopy()}
			c.want(&want)
			got := container(t, c.values)
			require.Equal(t, want, probes{got.StartupProbe, got.ReadinessProbe, got.LivenessProbe})
		})
	}
}
