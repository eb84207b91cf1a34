package takeover

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestNewService(t *testing.T) {
	t.Parallel()
	app := map[string]string{"app": "api"}
	of := func(kind corev1.ServiceType, selector map[string]string, nodePort int32) *corev1.Service {
		s := serviceOf(selector)
		s.Spec.Type = kind
		s.Spec.Ports = []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080), NodePort: nodePort}}
		return s
	}
	for name, c := range map[string]struct {
		was, will, rendered *corev1.Service
		nodePort            int32
		late                bool
		fails               string
	}{
		"the same":                  {was: of("ClusterIP", app, 0), will: of("ClusterIP", app, 0), rendered: of("ClusterIP", app, 0)},
		"a node port stays":         {was: of("NodePort", app, 30080), will: of("NodePort", app, 30099), rendered: of("NodePort", app, 0), nodePort: 30080},
		"the chart's own node port": {was: of("NodePort", app, 30080), will: of("NodePort", app, 30081), rendered: of("NodePort", app, 30081), nodePort: 30081},
		"one of a dry run":          {was: of("ClusterIP", app, 0), will: of("LoadBalancer", app, 30099), rendered: of("LoadBalancer", app, 0)},
		"no pods yet":               {was: of("ExternalName", nil, 0), will: of("ClusterIP", app, 0), rendered: of("ClusterIP", app, 0), late: true},
		"no load balancer": {
			was: of("LoadBalancer", app, 30080), will: of("NodePort", app, 30080), rendered: of("NodePort", app, 0),
			fails: "Service/api is of type LoadBalancer, and the chart's is NodePort, so that callers outside would lose it: set service.type: LoadBalancer",
		},
		"no node port": {
			was: of("NodePort", app, 30080), will: of("ClusterIP", app, 0), rendered: of("ClusterIP", app, 0), fails: "set service.type: NodePort",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newService(c.was, c.will, c.rendered, nil)
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.late, s.late)
			require.Equal(t, c.nodePort, s.ports[0].NodePort)
		})
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	live := object(t, `{kind: Service, spec: {type: LoadBalancer, loadBalancerClass: example.com/a, ports: [{port: 80, nodePort: 30080}, {port: 81, nodePort: 30081}]}}`)
	for rendered, want := range map[string]string{
		`{kind: Service, spec: {type: LoadBalancer, ports: [{port: 80, name: http}, {port: 81, nodePort: 30001}, {port: 82}]}}`: `{kind: Service, spec: {type: LoadBalancer,
			loadBalancerClass: example.com/a, ports: [{port: 80, name: http, nodePort: 30080}, {port: 81, nodePort: 30001}, {port: 82}]}}`,
		`{kind: Service, spec: {type: LoadBalancer, loadBalancerClass: example.com/b, ports: [{port: 83}]}}`: `{kind: Service, spec: {type: LoadBalancer, loadBalancerClass: example.com/b, ports: [{port: 83}]}}`,
		`{kind: Service, spec: {type: ClusterIP, ports: [{port: 80}]}}`:                                      `{kind: Service, spec: {type: ClusterIP, ports: [{port: 80}]}}`,
	} {
		kept, err := keep(object(t, rendered), live)
		require.NoError(t, err)
		got, err := kept.MarshalJSON()
		require.NoError(t, err)
		wanted, err := object(t, want).MarshalJSON()
		require.NoError(t, err)
		require.JSONEq(t, string(wanted), string(got))
	}
}
