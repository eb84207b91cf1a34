package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/utils/ptr"
)

const ingress = "ingress: {enabled: true, hosts: {api.example.com: {paths: {/: {}}}}}"

// httpPath is a path that leads to a named port of the service.
func httpPath(path string, pathType networkingv1.PathType, port string) networkingv1.HTTPIngressPath {
	return networkingv1.HTTPIngressPath{Path: path, PathType: &pathType, Backend: networkingv1.IngressBackend{
		Service: &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Name: port}},
	}}
}

func rule(host string, paths ...networkingv1.HTTPIngressPath) networkingv1.IngressRule {
	return networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{
		HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths},
	}}
}

func TestIngressRules(t *testing.T) {
	const prefix, exact = networkingv1.PathTypePrefix, networkingv1.PathTypeExact
	cases := []struct {
		name   string
		values given
		want   []networkingv1.IngressRule
	}{
		{name: "one host", values: yaml(ingress), want: []networkingv1.IngressRule{rule("api.example.com", httpPath("/", prefix, "http"))}},
		{name: "several hosts and paths", values: yaml(ingress, `
ports: {admin: {port: 9000}}
ingress: {hosts: {"*.example.com": {paths: {/b: {}, /a: {pathType: Exact, port: admin}}}}}`), want: []networkingv1.IngressRule{
			rule("*.example.com", httpPath("/a", exact, "admin"), httpPath("/b", prefix, "http")), rule("api.example.com", httpPath("/", prefix, "http")),
		}},
		{name: "null removes a host", values: yaml(ingress, "ingress: {hosts: {api.example.com: null, new.example.com: {paths: {/: {}}}}}"), want: []networkingv1.IngressRule{
			rule("new.example.com", httpPath("/", prefix, "http")),
		}},
		{name: "a name in the domain", values: yaml("domain: the-project.example.com", "ingress: {enabled: true, hosts: {api: {paths: {/: {}}}, www.example.com: {paths: {/: {}}}}}"), want: []networkingv1.IngressRule{
			rule("api.the-project.example.com", httpPath("/", prefix, "http")), rule("www.example.com", httpPath("/", prefix, "http")),
		}},
		{name: "null removes a path", values: yaml(ingress, "ingress: {hosts: {api.example.com: {paths: {/: null, /new: {}}}}}"), want: []networkingv1.IngressRule{
			rule("api.example.com", httpPath("/new", prefix, "http")),
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ingress := get[*networkingv1.Ingress](t, rendered(t, c.values))
			require.Equal(t, c.want, ingress.Spec.Rules)

			// No host is served without a certificate, whatever the values do to the hosts.
			var hosts []string
			for _, rule := range c.want {
				hosts = append(hosts, rule.Host)
			}
			require.Equal(t, []networkingv1.IngressTLS{{Hosts: hosts, SecretName: name + "-tls"}}, ingress.Spec.TLS)
		})
	}
}

// A rule for whatever host has no certificate, since nobody could make it.
func TestIngressOfAllHosts(t *testing.T) {
	spec := get[*networkingv1.Ingress](t, rendered(t, yaml(ingress, `ingress: {hosts: {"*": {paths: {/: {}}}}}`))).Spec
	require.Equal(t, []networkingv1.IngressRule{rule("", httpPath("/", networkingv1.PathTypePrefix, "http")), rule("api.example.com", httpPath("/", networkingv1.PathTypePrefix, "http"))}, spec.Rules)
	require.Equal(t, []networkingv1.IngressTLS{{Hosts: []string{"api.example.com"}, SecretName: name + "-tls"}}, spec.TLS)
	alone := get[*networkingv1.Ingress](t, rendered(t, yaml(`ingress: {enabled: true, hosts: {"*": {paths: {/: {}}}}}`))).Spec
	require.Empty(t, alone.TLS)
}

func TestNoIngress(t *testing.T) {
	none[*networkingv1.Ingress](t, rendered(t, yaml()))
	none[*networkingv1.Ingress](t, rendered(t, yaml(ingress, "ingress: {enabled: false}")))
}

func TestIngressClass(t *testing.T) {
	require.Nil(t, get[*networkingv1.Ingress](t, rendered(t, yaml(ingress))).Spec.IngressClassName)
	named := rendered(t, yaml(ingress, "ingress: {className: traefik}"))
	require.Equal(t, ptr.To("traefik"), get[*networkingv1.Ingress](t, named).Spec.IngressClassName)
}

func TestIngressTLS(t *testing.T) {
	hosts := []string{"api.example.com"}
	cases := []struct {
		name        string
		values      given
		tls         []networkingv1.IngressTLS
		annotations map[string]string
	}{
		{name: "by default", values: yaml(ingress), tls: []networkingv1.IngressTLS{{Hosts: hosts, SecretName: name + "-tls"}}},
		{name: "a named secret", values: yaml(ingress, "ingress: {tls: {secretName: wildcard}}"), tls: []networkingv1.IngressTLS{{Hosts: hosts, SecretName: "wildcard"}}},
		{name: "an issuer of the cluster", values: yaml(ingress, "ingress: {tls: {clusterIssuer: letsencrypt}}"), tls: []networkingv1.IngressTLS{{Hosts: hosts, SecretName: name + "-tls"}},
			annotations: map[string]string{"cert-manager.io/cluster-issuer": "letsencrypt"}},
		{name: "an issuer of the namespace", values: yaml(ingress, "ingress: {tls: {issuer: internal}}"), tls: []networkingv1.IngressTLS{{Hosts: hosts, SecretName: name + "-tls"}},
			annotations: map[string]string{"cert-manager.io/issuer": "internal"}},
		{name: "the controller's certificate", values: yaml(ingress, "ingress: {tls: {defaultCertificate: true}}"), tls: []networkingv1.IngressTLS{{Hosts: hosts}}},
		{name: "one of a host", values: yaml(ingress, "ingress: {hosts: {b.example.com: {secretName: b, paths: {/: {}}}, c.example.com: {paths: {/: {}}}}, tls: {secretName: wildcard}}"), tls: []networkingv1.IngressTLS{
			{Hosts: []string{"b.example.com"}, SecretName: "b"}, {Hosts: []string{"api.example.com", "c.example.com"}, SecretName: "wildcard"},
		}},
		{name: "off", values: yaml(ingress, "ingress: {tls: {enabled: false, clusterIssuer: letsencrypt}}")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ingress := get[*networkingv1.Ingress](t, rendered(t, c.values))
			require.Equal(t, c.tls, ingress.Spec.TLS)
			require.Equal(t, c.annotations, ingress.Annotations)
		})
	}
}
