package render_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

// everything are values with which the chart makes every object that it can make, but KEDA's, which excludes
// Kubernetes' own autoscaler.
const everything = `
namespace: {create: true}
ports: {grpc: {port: 9090}}
config: {files: {app.yml: "key: value"}}
volumes: {data: {mountPath: /data, claim: {size: 1Gi}}}
externalSecrets: {keys: {store: vault, extract: the-project/keys}}
initContainers: {wait: {args: [wait]}}
sidecars: {proxy: {image: {repository: registry.example.com/platform/proxy, tag: "1.4"}}}
autoscaling: {enabled: true}
serviceAccount: {rules: {read: {apiGroups: [""], resources: [pods], verbs: [get]}}}
ingress: {enabled: true, hosts: {api.example.com: {paths: {/: {}}}}}
httpRoute: {enabled: true, parentRefs: {gateway: {}}, paths: {/: {}}}
grpcRoute: {enabled: true, parentRefs: {gateway: {}}, services: {the.package.Service: {}}}
networkPolicy: {enabled: true}
serviceMonitor: {enabled: true}
prometheusRule: {enabled: true, alerts: {Down: {expr: up == 0}}}
jobs: {migrate: {args: [migrate]}}
cronJobs: {clean: {schedule: "30 2 * * *", args: [clean]}}
tests: {answers: {args: [check]}}
extraObjects: {more: {apiVersion: v1, kind: ConfigMap, data: {a: b}}}
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
		cronJob := release + "-clean"
		if len(release) == 53 {
			cronJob = release[:43] + "-" + hash(cronJob)
		}
		t.Run(release, func(t *testing.T) {
			manifests := renderAs(t, render.Release{Name: release, Namespace: namespace}, yaml(everything))
			require.ElementsMatch(t, []string{
				"Namespace/the-project", "ServiceAccount/" + release, "ConfigMap/" + release, "Service/" + release,
				"Deployment/" + release, "Ingress/" + release, "HTTPRoute/" + release, "GRPCRoute/" + release,
				"HorizontalPodAutoscaler/" + release, "PodDisruptionBudget/" + release, "NetworkPolicy/" + release,
				"ServiceMonitor/" + release, "PrometheusRule/" + release, "Role/" + release, "RoleBinding/" + release,
				"PersistentVolumeClaim/" + release + "-data", "ExternalSecret/" + release + "-keys", "CronJob/" + cronJob,
				"ConfigMap/" + release + "-more", "Pod/" + release + "-answers",
				"Job/" + release + "-migrate", "ServiceAccount/" + release + ".migrate", "ConfigMap/" + release + ".migrate",
				"Role/" + release + ".migrate", "RoleBinding/" + release + ".migrate",
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

// hash is what the chart ends a name with that is too long.
func hash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:8]
}

// A key makes a name of its own however long both are: a longer one is cut and ends in a hash of all of it.
func TestLongNamesAreHashed(t *testing.T) {
	long := strings.Repeat("microservice-", 4) + "x"
	cases := []struct{ name, release, key, job, cronJob, app string }{
		{name: "short", release: name, key: "clean", job: name + "-clean", cronJob: name + "-clean", app: name + ".clean"},
		{name: "as long as can be", release: long, key: "123456789", job: long + "-123456789",
			cronJob: long[:43] + "-" + hash(long+"-123456789"), app: long + ".123456789"},
		{name: "longer", release: long, key: "1234567890", job: long + "-" + hash(long+"-1234567890"),
			cronJob: long[:43] + "-" + hash(long+"-1234567890"), app: long + "-" + hash(long+".1234567890")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := renderAs(t, render.Release{Name: c.release, Namespace: namespace}, yaml(fmt.Sprintf(
				"{jobs: {%q: {args: [a]}}, cronJobs: {%[1]q: {schedule: '@daily'}}}", c.key)))
			job, err := render.Get[*batchv1.Job](manifests, c.job)
			require.NoError(t, err)
			require.LessOrEqual(t, len(job.Name), 63)
			require.Equal(t, c.app, job.Spec.Template.Labels["app"])
			cronJob, err := render.Get[*batchv1.CronJob](manifests, c.cronJob)
			require.NoError(t, err)
			require.LessOrEqual(t, len(cronJob.Name), 52)
			require.Equal(t, c.app, cronJob.Spec.JobTemplate.Spec.Template.Labels["app"])
		})
	}
}

// Helm deletes a hook's object by its name, whoever's it is: what a job brings along has a name that no service can have. A
// Job and a test's pod give theirs to hosts, in which the API server advises against dots: `slipway check` and `slipway
// rollout` look at those.
func TestNoServiceHasTheNameOfAHook(t *testing.T) {
	manifests := renderAs(t, render.Release{Name: "orders", Namespace: namespace}, yaml(everything, "{jobs: {worker: {}}, tests: {worker: {}}}"))
	var hooks []string
	for _, document := range manifests.Documents {
		if document.Object.GetAnnotations()["helm.sh/hook"] == "" {
			continue
		}
		hooks = append(hooks, document.String())
		if kind := document.Object.GetKind(); kind != "Job" && kind != "Pod" {
			require.Regexp(t, `^orders\.[a-z]+$`, document.Object.GetName(), document)
		}
	}
	require.Len(t, hooks, 12)
	require.NotContains(t, objects(renderAs(t, render.Release{Name: "orders-worker", Namespace: namespace}, yaml(everything))), "Job/orders-worker")
}

func TestAnotherName(t *testing.T) {
	manifests := rendered(t, yaml("fullnameOverride: other"))
	require.Equal(t, []string{"PodDisruptionBudget/other", "ServiceAccount/other", "Service/other", "Deployment/other"}, objects(manifests))
	deployment, err := render.Get[*appsv1.Deployment](manifests, "other")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"app": "other"}, deployment.Spec.Selector.MatchLabels)
	require.Equal(t, "other", deployment.Spec.Template.Spec.Containers[0].Name)
	require.Equal(t, name, deployment.Labels["app.kubernetes.io/instance"])
}

func TestWhatIsMadeByDefault(t *testing.T) {
	require.Equal(t, []string{
		"PodDisruptionBudget/example-microservice", "ServiceAccount/example-microservice", "Service/example-microservice",
		"Deployment/example-microservice",
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
		if document.Object.GetKind() == "Pod" {
			require.Equal(t, name+".answers", labels["app"])
			labels["app"] = name
		} else {
			require.Regexp(t, `^microservice-\d+\.\d+\.\d+`, labels["helm.sh/chart"], document)
			delete(labels, "helm.sh/chart")
		}
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
