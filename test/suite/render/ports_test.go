package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// worker are the values of a service that answers nobody.
const worker = `
ports: {http: null}
startupProbe: null
readinessProbe: null
livenessProbe: null
`

func TestPorts(t *testing.T) {
	cases := []struct {
		name      string
		values    given
		container []corev1.ContainerPort
		service   []corev1.ServicePort
	}{{
		name:      "by default",
		values:    yaml(),
		container: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}},
		service:   []corev1.ServicePort{{Name: "http", Port: 8080, TargetPort: intstr.FromString("http"), Protocol: "TCP"}},
	}, {
		name:      "another number",
		values:    yaml("ports: {http: {port: 9000}}"),
		container: []corev1.ContainerPort{{Name: "http", ContainerPort: 9000, Protocol: "TCP"}},
		service:   []corev1.ServicePort{{Name: "http", Port: 9000, TargetPort: intstr.FromString("http"), Protocol: "TCP"}},
	}, {
		name:      "the container listens elsewhere",
		values:    yaml("ports: {http: {port: 80, containerPort: 8080}}"),
		container: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}},
		service:   []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http"), Protocol: "TCP"}},
	}, {
		name:   "several",
		values: yaml("ports: {dns: {port: 53, protocol: UDP}, grpc: {port: 9090}}"),
		container: []corev1.ContainerPort{
			{Name: "dns", ContainerPort: 53, Protocol: "UDP"}, {Name: "grpc", ContainerPort: 9090, Protocol: "TCP"}, {Name: "http", ContainerPort: 8080, Protocol: "TCP"},
		},
		service: []corev1.ServicePort{
			{Name: "dns", Port: 53, TargetPort: intstr.FromString("dns"), Protocol: "UDP"},
			{Name: "grpc", Port: 9090, TargetPort: intstr.FromString("grpc"), Protocol: "TCP"},
			{Name: "http", Port: 8080, TargetPort: intstr.FromString("http"), Protocol: "TCP"},
		},
	}, {
		name:   "one that is not on the Service",
		values: yaml("{service: {type: LoadBalancer}, ports: {debug: {port: 6060, service: false}, http: {service: true, appProtocol: kubernetes.io/h2c, nodePort: 30080}}}"),
		container: []corev1.ContainerPort{
			{Name: "debug", ContainerPort: 6060, Protocol: "TCP"}, {Name: "http", ContainerPort: 8080, Protocol: "TCP"},
		},
		service: []corev1.ServicePort{{Name: "http", Port: 8080, TargetPort: intstr.FromString("http"), Protocol: "TCP", NodePort: 30080, AppProtocol: ptr.To("kubernetes.io/h2c")}},
	}, {
		name:      "null over an earlier file",
		values:    yaml("ports: {grpc: {port: 9090}}", "ports: {grpc: null}"),
		container: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}},
		service:   []corev1.ServicePort{{Name: "http", Port: 8080, TargetPort: intstr.FromString("http"), Protocol: "TCP"}},
	}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.container, container(t, c.values).Ports)
			require.Equal(t, c.service, get[*corev1.Service](t, rendered(t, c.values)).Spec.Ports)
		})
	}
}

func TestServiceType(t *testing.T) {
	require.Equal(t, corev1.ServiceTypeClusterIP, get[*corev1.Service](t, rendered(t, yaml())).Spec.Type)
	require.Equal(t, corev1.ServiceTypeNodePort, get[*corev1.Service](t, rendered(t, yaml("service: {type: NodePort}"))).Spec.Type)
}

func TestServiceFields(t *testing.T) {
	require.Equal(t, corev1.ServiceSpec{Type: "ClusterIP", ClusterIP: "None", SessionAffinity: "ClientIP", IPFamilyPolicy: ptr.To(corev1.IPFamilyPolicyPreferDualStack), InternalTrafficPolicy: ptr.To(corev1.ServiceInternalTrafficPolicyLocal)},
		serviceFields(t, yaml("service: {clusterIP: None, sessionAffinity: ClientIP, ipFamilyPolicy: PreferDualStack, internalTrafficPolicy: Local}")))
	require.Equal(t, corev1.ServiceSpec{Type: "LoadBalancer", ExternalTrafficPolicy: "Local"}, serviceFields(t, yaml("service: {type: LoadBalancer, externalTrafficPolicy: Local}")))
	require.Equal(t, corev1.ServiceSpec{Type: "ClusterIP"}, serviceFields(t, yaml()))
}

// serviceFields returns the Service's own fields, besides ports and selector.
func serviceFields(t *testing.T, values given) corev1.ServiceSpec {
	t.Helper()
	spec := get[*corev1.Service](t, rendered(t, values)).Spec
	spec.Ports, spec.Selector = nil, nil
	return spec
}

func TestNoService(t *testing.T) {
	off := rendered(t, yaml("service: {enabled: false}"))
	none[*corev1.Service](t, off)
	require.NotEmpty(t, container(t, yaml("service: {enabled: false}")).Ports, "the probes need the port")

	none[*corev1.Service](t, rendered(t, yaml(worker)))
	none[*networkingv1.Ingress](t, rendered(t, yaml(worker)))
	require.Empty(t, container(t, yaml(worker)).Ports)
}
