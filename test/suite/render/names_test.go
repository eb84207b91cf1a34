package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

// everything are values with which the chart makes every object that it can make.
const everything = `
namespace: {create: true}
config: {files: {app.yml: "key: value"}}
ingress: {enabled: true, hosts: {api.example.com: {paths: {/: {}}}}}
`

func objects(manifests render.Manifests) []string {
	var names []string
	for _, document := range manifests.Documents {
		names = append(names, document.String())
	}
	return names
}

func TestObjectsAreNamedAfterTheRelease(t *testing.T) {
	// 53 characters are the most that Helm allows.
	for _, release := range []string{"example-microservice", "a", strings.Repeat("microservice-", 4) + "x"} {
		t.Run(release, func(t *testing.T) {
			manifests := renderAs(t, render.Release{Name: release, Namespace: namespace}, yaml(everything))
			require.Equal(t, []string{
				"Namespace/the-project", "ServiceAccount/" + release, "ConfigMap/" + release, "Service/" + release,
				"Deployment/" + release, "Ingress/" + release,
			}, objects(manifests))

			deployment, err := render.Get[*appsv1.Deployment](manifests, release)
			require.NoError(t, err)
			require.Equal(t, release, deployment.Spec.Template.Spec.Containers[0].Name)
			ingress, err := render.Get[*networkingv1.Ingress](manifests, release)
			require.NoError(t, err)
			require.Equal(t, release, ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Name)
			require.Equal(t, release+"-tls", ingress.Spec.TLS[0].SecretName)
		})
	}
}

func TestWhatIsMadeByDefault(t *testing.T) {
	require.Equal(t, []string{
		"ServiceAccount/example-microservice", "Service/example-microservice", "Deployment/example-microservice",
	}, objects(rendered(t, yaml())))
}

func TestLabels(t *testing.T) {
	require.Equal(t, "internal", deployment(t, yaml()).Labels["client"])

	manifests := rendered(t, yaml(everything, "client: acme\nenvironment: stg"))
	pods := map[string]string{
		"app": name, "client": "acme", "env": "stg",
		"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name, "app.kubernetes.io/managed-by": "Helm",
	}
	for _, document := range manifests.Documents {
		labels := document.Object.GetLabels()
		if document.Object.GetKind() == "Namespace" {
			// Services share it: it carries no service's name.
			require.Equal(t, map[string]string{"client": "acme", "env": "stg"}, labels)
			continue
		}
		require.Regexp(t, `^microservice-\d+\.\d+\.\d+`, labels["helm.sh/chart"], document)
		delete(labels, "helm.sh/chart")
		require.Equal(t, pods, labels, document)
	}
	// A new chart version on the pods would restart every service.
	require.Equal(t, pods, get[*appsv1.Deployment](t, manifests).Spec.Template.Labels)
}

// A Deployment's selector can never change: with `app` alone, hand-written objects can be taken over in place.
func TestSelectorsAreAppAlone(t *testing.T) {
	manifests := rendered(t, yaml(everything))
	app := map[string]string{"app": name}
	require.Equal(t, app, get[*corev1.Service](t, manifests).Spec.Selector)
	selector := get[*appsv1.Deployment](t, manifests).Spec.Selector
	require.Equal(t, app, selector.MatchLabels)
	require.Empty(t, selector.MatchExpressions)
}

func TestAnnotations(t *testing.T) {
	manifests := rendered(t, yaml(everything, `
annotations: {example.com/of: deployment, example.com/gone: deployment}
podAnnotations: {example.com/of: pods, example.com/gone: pods}
service: {annotations: {example.com/of: service, example.com/gone: service}}
serviceAccount: {annotations: {example.com/of: account, example.com/gone: account}}
ingress: {annotations: {example.com/of: ingress, example.com/gone: ingress}, tls: {clusterIssuer: letsencrypt}}
`, `
annotations: {example.com/gone: null}
podAnnotations: {example.com/gone: null}
service: {annotations: {example.com/gone: null}}
serviceAccount: {annotations: {example.com/gone: null}}
ingress: {annotations: {example.com/gone: null}}
`))
	deployment := get[*appsv1.Deployment](t, manifests)
	require.Equal(t, map[string]string{"example.com/of": "deployment"}, deployment.Annotations)
	require.Equal(t, map[string]string{"example.com/of": "service"}, get[*corev1.Service](t, manifests).Annotations)
	require.Equal(t, map[string]string{"example.com/of": "account"}, get[*corev1.ServiceAccount](t, manifests).Annotations)

	// The chart's own annotations stand beside the service's.
	pods := deployment.Spec.Template.Annotations
	require.Equal(t, "pods", pods["example.com/of"])
	require.Contains(t, pods, "checksum/config")
	require.Len(t, pods, 2)
	require.Equal(t, map[string]string{"example.com/of": "ingress", "cert-manager.io/cluster-issuer": "letsencrypt"},
		get[*networkingv1.Ingress](t, manifests).Annotations)
}

// A parent chart may give these to all its dependencies.
func TestValuesOfAParentChartChangeNothing(t *testing.T) {
	require.Equal(t, rendered(t, yaml(everything)), rendered(t, yaml(everything, "global: {domain: example.com}\nenabled: true")))
}
