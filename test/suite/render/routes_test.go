package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	httpRoute = "httpRoute: {enabled: true, parentRefs: {gateway: {}}, paths: {/: {}}}"
	grpcRoute = "{ports: {grpc: {port: 9090}}, grpcRoute: {enabled: true, parentRefs: {gateway: {}}, services: {the.package.Service: {}}}}"
)

func TestHTTPRoute(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   string
	}{
		{name: "every host", values: yaml(httpRoute), want: `
parentRefs: [{name: gateway}]
rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: example-microservice, port: 8080, weight: 100}]`},
		{name: "everything", values: yaml("{domain: example.com, ports: {admin: {port: 80, containerPort: 9000}}}", httpRoute, `
httpRoute:
  parentRefs: {gateway: null, other: {namespace: gateways, sectionName: https, port: 443}}
  hostnames: {api: true, www.example.org: true, gone: false}
  paths:
    /: null
    /admin: {type: Exact, port: admin, timeouts: {request: 10s}}
    /old: {filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x-old]}}]}`), want: `
parentRefs: [{name: other, namespace: gateways, sectionName: https, port: 443}]
hostnames: [api.example.com, www.example.org]
rules:
  - matches: [{path: {type: Exact, value: /admin}}]
    timeouts: {request: 10s}
    backendRefs: [{name: example-microservice, port: 80, weight: 100}]
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x-old]}}]
    backendRefs: [{name: example-microservice, port: 8080, weight: 100}]`},
		{name: "two listeners of one Gateway", values: yaml(httpRoute, "httpRoute: {parentRefs: {gateway: null, inside: {name: gateway, sectionName: inside}, outside: {name: gateway, sectionName: outside}}}"), want: `
parentRefs: [{name: gateway, sectionName: inside}, {name: gateway, sectionName: outside}]
rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: example-microservice, port: 8080, weight: 100}]`},
		{name: "a canary", values: yaml(httpRoute, "httpRoute: {canary: {release: canary, weight: 10}}"), want: `
parentRefs: [{name: gateway}]
rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: example-microservice, port: 8080, weight: 90}, {name: canary, port: 8080, weight: 10}]`},
		{name: "a canary without a share", values: yaml(httpRoute, "httpRoute: {canary: {release: canary}}"), want: `
parentRefs: [{name: gateway}]
rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: example-microservice, port: 8080, weight: 100}, {name: canary, port: 8080, weight: 0}]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireCustom(t, rendered(t, c.values), "gateway.networking.k8s.io/v1", "HTTPRoute", name, c.want)
		})
	}
}

func TestGRPCRoute(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   string
	}{
		{name: "a service", values: yaml(grpcRoute), want: `
parentRefs: [{name: gateway}]
rules:
  - matches: [{method: {service: the.package.Service}}]
    backendRefs: [{name: example-microservice, port: 9090, weight: 100}]`},
		{name: "everything", values: yaml("domain: example.com", grpcRoute, `
grpcRoute:
  hostnames: {api: true}
  services: {the.package.Service: {method: Get, port: http}}
  canary: {release: canary, weight: 100}`), want: `
parentRefs: [{name: gateway}]
hostnames: [api.example.com]
rules:
  - matches: [{method: {service: the.package.Service, method: Get}}]
    backendRefs: [{name: example-microservice, port: 8080, weight: 0}, {name: canary, port: 8080, weight: 100}]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireCustom(t, rendered(t, c.values), "gateway.networking.k8s.io/v1", "GRPCRoute", name, c.want)
		})
	}
}

func TestRouteAnnotations(t *testing.T) {
	manifests := rendered(t, yaml(grpcRoute, httpRoute, "{httpRoute: {annotations: {example.com/a: http}}, grpcRoute: {annotations: {example.com/a: grpc}}}"))
	require.Equal(t, map[string]string{"example.com/a": "http"}, custom(manifests, "HTTPRoute")[0].GetAnnotations())
	require.Equal(t, map[string]string{"example.com/a": "grpc"}, custom(manifests, "GRPCRoute")[0].GetAnnotations())
}

func TestNoRoutes(t *testing.T) {
	manifests := rendered(t, yaml(httpRoute, grpcRoute, "{httpRoute: {enabled: false}, grpcRoute: {enabled: false}}"))
	require.Empty(t, custom(manifests, "HTTPRoute"))
	require.Empty(t, custom(manifests, "GRPCRoute"))
}
