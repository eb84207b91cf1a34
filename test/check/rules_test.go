package check_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/fleet"
)

const microservice = "../../charts/microservice"

// write writes files, by path, into a new folder and returns it.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// chartOf writes a chart into a new folder; what has no folder in its path is a template.
func chartOf(t testing.TB, files map[string]string) string {
	t.Helper()
	all := map[string]string{"Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n"}
	for name, content := range files {
		if !strings.Contains(name, "/") && name != "Chart.yaml" && !strings.HasPrefix(name, "values") {
			name = "templates/" + name
		}
		all[name] = content
	}
	return write(t, all)
}

var all = check.Settings{Versions: []string{"1.30", "1.33", "1.37"}, Production: []string{"prod"}, PodSecurity: "restricted"}

// findings checks the services of a tree, one after the other.
func findings(t testing.TB, layout fleet.Layout, settings check.Settings) []check.Finding {
	t.Helper()
	found, err := fleet.Find(layout)
	require.NoError(t, err)
	checker, err := check.NewChecker(settings)
	require.NoError(t, err)
	var findings []check.Finding
	var objects []check.Object
	var claims []check.Claim
	var releases []check.Release
	for _, service := range found.Services {
		result, err := checker.Service(t.Context(), service.Releases)
		require.NoError(t, err)
		findings = append(findings, result.Findings...)
		objects = append(objects, result.Objects...)
		claims = append(claims, result.Claims...)
		releases = append(releases, service.Releases...)
	}
	collisions := check.Collisions(objects)
	for i, f := range collisions {
		at := slices.IndexFunc(found.Services, func(s fleet.Service) bool { return s.Name == f.Service })
		collisions[i] = checker.Locate(t.Context(), found.Services[at].Releases, f)
	}
	findings = check.Merge(slices.Concat(findings, collisions, check.Routes(claims), check.Twins(releases)), settings.Versions)
	for i := range findings {
		if relative, err := filepath.Rel(layout.Tree, findings[i].File); err == nil {
			findings[i].File = filepath.ToSlash(relative)
		}
	}
	return findings
}

// brief is a finding in a line: rule, place, path, environments, versions.
func brief(f check.Finding) string {
	text := f.Rule
	if f.File != "" {
		text += fmt.Sprintf(" %s:%d", strings.TrimPrefix(f.File, "orders/deploy/"), f.Line)
	}
	for _, part := range []string{f.Values, f.Object, f.Field} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}

// service is what our own chart needs to render without findings.
const service = "image: {registry: registry.example.com/x}\nresources: {limits: {memory: 64Mi}}\n"

var clean = map[string]string{
	"orders/deploy/values.yaml":      service,
	"orders/deploy/values-dev.yaml":  "environment: dev\n",
	"orders/deploy/values-prod.yaml": "environment: prod\n",
}

const (
	object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
	pod    = "{metadata: {labels: {app: a}}, spec: {restartPolicy: Never, containers: [{name: a, image: a:1, resources: {limits: {memory: 1Gi}}}]}}"
)

// ingress is one for every path of a host.
func ingress(name, annotation string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name + ", annotations: {" + annotation + "}}\n" +
		"spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}\n"
}

// noise is text that cannot be packed, the same each time.
func noise(size int) string {
	source := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, size)
	for i := range text {
		text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[source.IntN(64)]
	}
	return string(text)
}

// change is one of the clean fleet.
type change struct {
	name     string
	add      map[string]string // text at the end of a file of the clean fleet, or a new file
	chart    map[string]string // another chart than ours
	settings func(*check.Settings)
}

// findings of the clean fleet with the change.
func (c change) findings(t *testing.T) []check.Finding {
	t.Helper()
	files := map[string]string{}
	for name, text := range clean {
		files[name] = text
	}
	for name, text := range c.add {
		files[filepath.Join("orders/deploy", name)] += text
	}
	layout := fleet.Layout{Tree: write(t, files), Chart: microservice, Tag: "{environment}-1"}
	if c.chart != nil {
		layout.Chart = chartOf(t, c.chart)
	}
	settings := all
	if c.settings != nil {
		c.settings(&settings)
	}
	return findings(t, layout, settings)
}

// elsewhere are rules whose cases, of both kinds, are in other files, in which they are looked for by a text.
var elsewhere = map[string]struct{ file, text string }{
	"template-limits": {"../fleet/worker/worker_test.go", `"template-limits"`},
	"ignore-unused":   {"ignore_test.go", ".Unused("},
}

// requireAll fails unless all rules are covered.
func requireAll(t *testing.T, covered map[string]bool) {
	t.Helper()
	for _, rule := range check.Rules() {
		if at, ok := elsewhere[rule.ID]; ok {
			content, err := os.ReadFile(at.file)
			require.NoError(t, err)
			require.Contains(t, string(content), at.text)
			continue
		}
		require.True(t, covered[rule.ID], "%s has no case", rule.ID)
	}
}

// Each rule finds what it is for, in the right place, and nothing in the clean fleet that it is a change of.
func TestRules(t *testing.T) {
	cases := []struct {
		change
		want []string // all findings in brief
		says string   // the first one's message and remedy hold it
	}{
		{change: change{name: "clean"}},
		{change: change{name: "no YAML", add: map[string]string{"values-dev.yaml": "a: [\n"}}, want: []string{"values-unreadable values-dev.yaml:2"}, says: "is not YAML: did not find expected node content"},
		{change: change{name: "a key twice", add: map[string]string{"values.yaml": "env: {A: a}\nenv: {B: b}\n"}}, want: []string{"yaml-repeated-key values.yaml:4 env"}, says: "line 3"},
		{change: change{name: "a key that is a boolean", add: map[string]string{"values.yaml": "env: {A: a,\n  ON: b}\n"}}, want: []string{"values-mistake values.yaml:4 env.true", "yaml-key values.yaml:4 env.true"}, says: "is how YAML reads y, yes and on"},
		{change: change{name: "an octal tag", add: map[string]string{"values-dev.yaml": "image: {tag: 0123}\n"}}, want: []string{"yaml-value values-dev.yaml:2 image.tag"}, says: `0123 is read as 83 write "0123", or 83 if that is meant`},
		{change: change{name: "a number in scientific notation", add: map[string]string{"values.yaml": "tag: 20250811\n"}, chart: map[string]string{"a.yaml": object + "data: {tag: \"{{ .Values.tag }}\"}\n"}}, want: []string{"yaml-value values.yaml:3 tag"}, says: "20250811 is rendered as 2.0250811e+07"},
		{change: change{name: "two documents", add: map[string]string{"values.yaml": "---\nreplicas: 5\nreplicsa: 7\n"}}, want: []string{"yaml-documents values.yaml:4"}, says: "helm 3 does not read it, helm 4 lays it over the first"},
		{change: change{name: "an octal number", add: map[string]string{"values.yaml": "replicas: 010\n"}}, want: []string{"yaml-value values.yaml:3 replicas"}, says: "write 10, or 8 if that is meant"},
		{change: change{name: "a word in a configuration", add: map[string]string{"values.yaml": "config: {files: {app.yaml: {retry: yes}}}\n"}}, want: []string{"yaml-value values.yaml:3 config.files[\"app.yaml\"].retry"}, says: `write true, or "yes" if text is meant`},
		{change: change{name: "a misspelt key", add: map[string]string{"values.yaml": "resource: {}\n"}}, want: []string{"values-unknown-key values.yaml:3 resource"}, says: "did you mean resources?"},
		{change: change{name: "a misspelt key further down", add: map[string]string{"values-dev.yaml": "image:\n  pullPolcy: Always\n"}}, want: []string{"values-unknown-key values-dev.yaml:3 image.pullPolcy"}, says: "did you mean image.pullPolicy?"},
		{change: change{name: "another type", add: map[string]string{"values.yaml": "replicas: two\n"}}, want: []string{"values-schema values.yaml:3 replicas"}, says: "is two, text, but must be a whole number write a whole number without quotes, such as 2"},
		{change: change{name: "the chart's own mistakes and the schema's", add: map[string]string{"values.yaml": "replicas: two\nports: {http: {port: 80}, other: {port: 80}}\n"}}, want: []string{"values-schema values.yaml:3 replicas", "values-mistake values.yaml:4 ports.other.containerPort", "values-mistake values.yaml:4 ports.other.port"}},
		{change: change{name: "a number for text", add: map[string]string{"values.yaml": "annotations: {a: 8080}\n"}}, want: []string{"values-schema values.yaml:3 annotations.a"}, says: `is 8080, a number, but must be text write it in quotes: "8080"`},
		{change: change{name: "a list for a map", add: map[string]string{"values.yaml": "ingress: {hosts: [{host: a.example.com}]}\n"}}, want: []string{"values-schema values.yaml:3 ingress.hosts"}, says: "is a list, but must be a map write a map, `key: value`"},
		{change: change{name: "what other charts call it", add: map[string]string{"values.yaml": "replicaCount: 3\nservice: {port: 80}\nautoscaling: {targetCPUUtilizationPercentage: 80}\nvolumeMounts: []\n"}}, want: []string{
			"values-unknown-key values.yaml:3 replicaCount", "values-unknown-key values.yaml:4 service.port", "values-unknown-key values.yaml:5 autoscaling.targetCPUUtilizationPercentage", "values-unknown-key values.yaml:6 volumeMounts",
		}, says: "it is called replicas here"},
		{change: change{name: "a name that no release has", settings: func(s *check.Settings) {}, add: map[string]string{"../../Orders_X/deploy/values.yaml": service, "../../Orders_X/deploy/values-dev.yaml": "environment: dev\n"}}, want: []string{"release-name"}, says: `the release is called "Orders_X"`},
		{change: change{name: "a hook that is none", chart: map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/hook: pre-instal}}\n"}}, want: []string{"helm-hook ConfigMap/a metadata.annotations"}, says: `"pre-instal" is no hook, so that Helm leaves the object out did you mean pre-install?`},
		{change: change{name: "a record that is too large", chart: map[string]string{"files/a.bin": noise(900_000), "a.yaml": object}}, want: []string{"helm-record-size"}, says: "of which a Secret holds 1024"},
		{change: change{name: "items of a List", chart: map[string]string{"a.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dta: {}}\n"}},
			want: []string{"name-collision ConfigMap/a", "kubernetes-fields ConfigMap/a dta"}},
		{change: change{name: "what the server warns of", add: map[string]string{"values.yaml": "memory: 512m\n"}, settings: func(s *check.Settings) { s.PodSecurity = "" }, chart: map[string]string{
			"a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a:1', resources: {limits: {memory: {{ .Values.memory }}}}}]}\n",
		}}, want: []string{"kubernetes-warning values.yaml:3 memory Pod/a spec.containers[0].resources.limits[memory]", "kubernetes-warning values.yaml:3 memory Pod/a spec.containers[0].resources.requests[memory]"}, says: `fractional byte value "512m"`},
		{change: change{name: "a variable twice", settings: func(s *check.Settings) { s.PodSecurity = "" }, chart: map[string]string{
			"a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a:1', resources: {limits: {memory: 1Gi}}, env: [{name: A, value: a}, {name: A, value: b}]}]}\n",
		}}, want: []string{"kubernetes-warning Pod/a spec.containers[0].env[1]", `kubernetes-apply Pod/a spec.containers[name="a"].env`}, says: `hides previous definition of "A"`},
		{change: change{name: "a name of the whole cluster in two services", add: map[string]string{"../../billing/deploy/values.yaml": "{}\n", "../../billing/deploy/values-dev.yaml": "{}\n"}, chart: map[string]string{
			"a.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a, namespace: {{ .Release.Name }}}\nrules: []\n",
		}}, want: []string{"name-collision ClusterRole/a"}, says: "is made by billing too, for the whole cluster"},
		{change: change{name: "required", add: map[string]string{"values.yaml": "a: 1\n"}, chart: map[string]string{"a.yaml": object + `data: {a: {{ required "b: is needed" .Values.b }}}`}}, want: []string{"values-mistake values.yaml:0 b"}, says: "is needed"},
		{change: change{name: "a broken template", chart: map[string]string{"a.yaml": "{{ .Values.a.b.c }}"}}, want: []string{"template-error"}, says: "nil pointer"},
		{change: change{name: "a template that calls itself", chart: map[string]string{"a.yaml": `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`}}, want: []string{"template-error"}, says: "nested reference name: a"},
		{change: change{name: "what is no object", chart: map[string]string{"a.yaml": "a: b: c"}}, want: []string{"manifest-error"}, says: "YAML parse error on chart/templates/a.yaml"},
		{change: change{name: "a version that the chart does not want", chart: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, kubeVersion: '>=1.34'}", "a.yaml": object}}, want: []string{"chart-kube-version"}, says: ">=1.34"},
		{change: change{name: "a missing dependency", chart: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, dependencies: [{name: b, version: 1.0.0}]}"}}, want: []string{"chart-unusable"}, says: "missing in charts/ directory: b"},
		{change: change{name: "a schema that is elsewhere", chart: map[string]string{"values.schema.json": `{"$ref": "https://example.com/schema.json"}`, "a.yaml": object}}, want: []string{"chart-unusable"}, says: "https://example.com/schema.json"},
		{change: change{name: "a kind that is gone", chart: map[string]string{"a.yaml": "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"}}, want: []string{"kubernetes-served PodDisruptionBudget/a apiVersion"}, says: "no matches for kind"},
		{change: change{name: "a field that is unknown", chart: map[string]string{"a.yaml": object + "dta: {}\n"}}, want: []string{"kubernetes-fields ConfigMap/orders dta"}, says: `unknown field "dta"`},
		{change: change{name: "what the server refuses", add: map[string]string{"values.yaml": "port:\n  number: 80\n  name: a-name-that-is-too-long\n"},
			chart: map[string]string{"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: {{ .Values.port.number }}, name: a, targetPort: {{ .Values.port.name | default \"a\" }}}]}\n"}}, want: []string{"kubernetes-rules values.yaml:5 port.name Service/a spec.ports[0].targetPort"}, says: "must be no more than 15 characters"},
		{change: change{name: "a key of an unusual form", add: map[string]string{"values.yaml": "nodeSelector: {a b: c}\n"}}, want: []string{"values-schema values.yaml:3 nodeSelector.a b"}, says: "a key here must match ^"},
		{change: change{name: "pod security", add: map[string]string{"values-dev.yaml": "securityContext:\n  readOnlyRootFilesystem: false\n  runAsNonRoot: false\n"}}, want: []string{"pod-security values-dev.yaml:4 securityContext.runAsNonRoot Deployment/orders spec.template.spec"}},
		{change: change{name: "an unknown kind", chart: map[string]string{"a.yaml": "apiVersion: example.com/v1\nkind: Other\nmetadata: {name: a}\n"}}, want: []string{"kubernetes-undecided Other/a"}},
		{change: change{name: "a selector that matches a job", chart: map[string]string{
			"job.yaml":     "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: " + pod + "}\n",
			"service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: [{port: 80}]}\n",
		}, settings: func(s *check.Settings) { s.PodSecurity = "" }}, want: []string{"selector-matches-job Service/a spec.selector"}, says: "app=a matches the pods of Job/a"},
		{change: change{name: "a name twice in a release", chart: map[string]string{"a.yaml": object, "b.yaml": object}}, want: []string{"name-collision ConfigMap/orders"}, says: "chart/templates/a.yaml and chart/templates/b.yaml"},
		{change: change{name: "a name in two services", add: map[string]string{
			"../../billing/deploy/values.yaml": service + "fullnameOverride: orders\n", "../../billing/deploy/values-dev.yaml": "environment: dev\n",
		}}, want: []string{"name-collision Deployment/orders", "name-collision PodDisruptionBudget/orders", "name-collision Service/orders", "name-collision ServiceAccount/orders"}, says: "is made by billing too"},
		{change: change{name: "a job's name in two services", add: map[string]string{
			"values.yaml": "jobs: {worker-clean: {}}\n", "../../orders-worker/deploy/values.yaml": service + "jobs:\n  clean: {}\n", "../../orders-worker/deploy/values-dev.yaml": "environment: dev\n",
		}}, want: []string{"name-collision values.yaml:3 jobs.worker-clean Job/orders-worker-clean", "name-collision orders-worker/deploy/values.yaml:4 jobs.clean Job/orders-worker-clean"}, says: "is a hook of orders, and is made by orders-worker too, in namespace default: before Helm runs the hook it deletes what orders-worker has made"},
		{change: change{name: "a hook with the name of what another service has", add: map[string]string{
			"values.yaml": "name: orders-worker\n", "../../orders-worker/deploy/values.yaml": "", "../../orders-worker/deploy/values-dev.yaml": "",
		}, chart: map[string]string{
			"account.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Release.Name }}}\n",
			"hook.yaml":    "{{ with .Values.name }}\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ . }}, annotations: {helm.sh/hook: pre-install, helm.sh/resource-policy: keep}}\n{{ end }}\n",
		}}, want: []string{"name-collision values.yaml:3 name ServiceAccount/orders-worker"}, says: "Give the hook another name"},
		{change: change{name: "a path in two services", add: map[string]string{
			"values-dev.yaml":                  "ingress: {enabled: true, hosts: {api.example.com: {paths: {/: {}, /orders: {}}}}}\n",
			"../../billing/deploy/values.yaml": service, "../../billing/deploy/values-dev.yaml": "environment: dev\ningress: {enabled: true, hosts: {api.example.com: {paths: {/: {}}}}}\n",
		}}, want: []string{"route-collision Ingress/orders"}, says: "claims host api.example.com, path / (Prefix) of ingress class the default, as Ingress/billing of billing does"},
		{change: change{name: "a path in two Ingresses", chart: map[string]string{"a.yaml": ingress("a", ""), "b.yaml": ingress("b", "a: b")}}, want: []string{"route-collision Ingress/b"}},
		{change: change{name: "a service of one name in two folders", add: map[string]string{"../../other/orders/deploy/values.yaml": service, "../../other/orders/deploy/values-dev.yaml": "environment: dev\n"}},
			want: []string{"release-twice other/orders/deploy/values.yaml:0"}, says: "is the release orders in namespace default, as "},
		{change: change{name: "a route to two services", add: map[string]string{
			"values-dev.yaml":                  "httpRoute: {enabled: true, parentRefs: {the-gateway: {}}, paths: {/a: {}}}\n",
			"../../billing/deploy/values.yaml": service, "../../billing/deploy/values-dev.yaml": "environment: dev\nhttpRoute: {enabled: true, parentRefs: {the-gateway: {}}, paths: {/a: {}}}\n",
		}}, want: []string{"route-collision HTTPRoute/orders"}, says: `host *, {"path":{"type":"PathPrefix","value":"/a"}} of gateway {`},
		{change: change{name: "a node port of two Services", chart: map[string]string{
			"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30080}]}\n",
			"b.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30080, name: b}, {port: 80, nodePort: 30080, protocol: UDP, name: a}]}\n",
		}}, want: []string{"route-collision Service/b"}, says: "node port 30080 (TCP)"},
		{change: change{name: "a moving tag and no limit in production", chart: map[string]string{
			"a.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'registry:5000/a'}]}}}\n",
		}, settings: func(s *check.Settings) { s.PodSecurity = "" }}, want: []string{"production-mutable-tag Deployment/a spec.template.spec.containers[0].image", "production-no-memory-limit Deployment/a spec.template.spec.containers[0].resources.limits.memory"}, says: "registry:5000/a moves"},
		{change: change{name: "not in production", add: map[string]string{"values-dev.yaml": "env: {A: a}\n", "values-stg.yaml": "environment: stg\nenv: {A: b}\n"}}, want: []string{"values-not-in-production values-stg.yaml:2 env.A"}, says: "dev, stg, not in prod"},
		{change: change{name: "a value that changes nothing", add: map[string]string{"values.yaml": "autoscaling:\n  minReplicas: 3\n"}, settings: func(s *check.Settings) { s.Ablation = true }}, want: []string{"values-dead values.yaml:4 autoscaling.minReplicas"}},
		{change: change{name: "a value that repeats the default", add: map[string]string{"values-dev.yaml": "replicas: 2\n"}, settings: func(s *check.Settings) { s.Ablation = true }}, want: []string{"values-redundant values-dev.yaml:2 replicas"}},
	}
	covered := map[string]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := c.findings(t)
			var briefs []string
			for _, f := range found {
				briefs = append(briefs, brief(f))
				require.NotEmpty(t, f.Remedy)
			}
			require.Equal(t, c.want, briefs, "%+v", found)
			if c.says != "" {
				require.Contains(t, found[0].Message+" "+found[0].Remedy, c.says)
			}
		})
		for _, brief := range c.want {
			id, _, _ := strings.Cut(brief, " ")
			covered[id] = true
		}
	}
	requireAll(t, covered)
}

// What comes near to what a rule is for is no finding, of that rule or of another.
func TestNearMisses(t *testing.T) {
	withoutPodSecurity := func(s *check.Settings) { s.PodSecurity = "" }
	ablation := func(s *check.Settings) { s.Ablation = true }
	deployment := func(container string) map[string]string {
		return map[string]string{"a.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [" + container + "]}}}\n"}
	}
	cases := []struct {
		rule string
		change
	}{
		{"values-unreadable", change{name: "an empty file", add: map[string]string{"values-stg.yaml": ""}, chart: map[string]string{"a.yaml": object}}},
		{"yaml-repeated-key", change{name: "a key in two files", add: map[string]string{"values.yaml": "env: {A: a}\n", "values-dev.yaml": "env: {A: b}\n"}}},
		{"yaml-key", change{name: "in quotes", add: map[string]string{"values.yaml": "env: {A: a,\n  'ON': b}\n"}}},
		{"yaml-value", change{name: "in quotes", add: map[string]string{"values-dev.yaml": "image: {tag: '0123'}\n"}}},
		{"yaml-documents", change{name: "nothing but comments after the first", add: map[string]string{"values.yaml": "---\n# nothing\n"}}},
		{"yaml-value", change{name: "a mode of a volume called data", add: map[string]string{"values.yaml": "volumes: {data: {mountPath: /a, secret: {secretName: a, defaultMode: 0400}}}\n"}}},
		{"yaml-value", change{name: "what the schema wants", add: map[string]string{"values.yaml": "ingress: {enabled: no}\nserviceMonitor: {enabled: Off}\ngoRuntime: {memoryLimitRatio: 0.80}\n" +
			"jobs: {a: {resources: {limits: {memory: 1e9}}}}\nconfig: {files: {app.yaml: {sample_rate: 0.50, bid: 2.50}}}\n"}}},
		{"yaml-value", change{name: "a large number that is rendered as it is", add: map[string]string{"values.yaml": "tag: 20250811\n"}, chart: map[string]string{"a.yaml": object + "data: {tag: \"{{ int64 .Values.tag }}\"}\n"}}},
		{"release-name", change{name: "a name with digits", add: map[string]string{"../../orders-2/deploy/values.yaml": service, "../../orders-2/deploy/values-dev.yaml": "environment: dev\n"}}},
		{"helm-hook", change{name: "several hooks, in capitals, and one of Helm 2", chart: map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/hook: 'Pre-Install, test-success'}}\n"}}},
		{"helm-record-size", change{name: "a large file that can be packed", chart: map[string]string{"files/a.txt": strings.Repeat("a", 3_000_000), "a.yaml": object}}},
		{"kubernetes-warning", change{name: "whole bytes", settings: withoutPodSecurity, chart: deployment("{name: a, image: 'a:1', resources: {limits: {memory: 512M}}}")}},
		{"kubernetes-apply", change{name: "a variable of two containers", settings: withoutPodSecurity, chart: deployment("{name: a, image: 'a:1', resources: {limits: {memory: 1Gi}}, env: [{name: A}]}, {name: b, image: 'a:1', resources: {limits: {memory: 1Gi}}, env: [{name: A}]}")}},
		{"release-twice", change{name: "a service of one name in two folders, each for its own environment", add: map[string]string{"../../other/orders/deploy/values.yaml": service, "../../other/orders/deploy/values-stg.yaml": "environment: stg\n"}}},
		{"route-collision", change{name: "gateways of two namespaces that are called the same", chart: map[string]string{"a.yaml": "{{ range list \"one\" \"two\" }}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a, namespace: {{ . }}}\nspec: {parentRefs: [{name: gateway}]}\n{{ end }}\n"}}},
		{"template-error", change{name: "a chart that takes its appVersion for the tag", chart: map[string]string{
			"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, appVersion: 1.2.3}", "values.yaml": "image: {tag: ''}\n",
			"a.yaml": object + "data: {a: '{{ semverCompare \">=1.2\" (.Values.image.tag | default .Chart.AppVersion) }}'}\n",
		}}},
		{"template-error", change{name: "a chart that has a tag", chart: map[string]string{
			"values.yaml": "image: {tag: 1.2.3}\n", "a.yaml": object + "data: {a: '{{ semverCompare \">=1.2\" .Values.image.tag }}'}\n",
		}}},
		{"chart-unusable", change{name: "a dependency that is there", chart: map[string]string{
			"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, dependencies: [{name: b, version: 1.0.0}]}", "charts/b/Chart.yaml": "{apiVersion: v2, name: b, version: 1.0.0}",
		}}},
		{"values-unknown-key", change{name: "the right key", add: map[string]string{"values-dev.yaml": "image: {pullPolicy: Always}\n"}}},
		{"values-schema", change{name: "the right type", add: map[string]string{"values.yaml": "replicas: 3\n"}}},
		{"values-mistake", change{name: "different ports", add: map[string]string{"values.yaml": "ports: {http: {port: 80}, other: {port: 81}}\n"}}},
		{"template-error", change{name: "nothing", chart: map[string]string{"a.yaml": object + "data: {a: '{{ .Values.a }}'}\n"}}},
		{"manifest-error", change{name: "a colon in quotes", chart: map[string]string{"a.yaml": object + "data: {a: 'b: c'}\n"}}},
		{"chart-kube-version", change{name: "all versions", chart: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, kubeVersion: '>=1.30.0-0'}", "a.yaml": object}}},
		{"kubernetes-served", change{name: "what all versions serve", chart: map[string]string{"a.yaml": "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: a}}}\n"}}},
		{"kubernetes-fields", change{name: "a field that is known", chart: map[string]string{"a.yaml": object + "binaryData: {}\n"}}},
		{"kubernetes-rules", change{name: "a name that is just not too long", chart: map[string]string{"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80, targetPort: fifteen-letters}]}\n"}}},
		{"pod-security", change{name: "what restricted admits", add: map[string]string{"values-dev.yaml": "securityContext:\n  readOnlyRootFilesystem: false\n"}}},
		{"kubernetes-undecided", change{name: "a custom kind with a definition", chart: map[string]string{"a.yaml": "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: a}\nspec: {selector: {}, endpoints: [{port: http}]}\n"}}},
		{"selector-matches-job", change{name: "another label", settings: withoutPodSecurity, chart: map[string]string{
			"job.yaml":     "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: " + pod + "}\n",
			"service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: b}, ports: [{port: 80}]}\n",
		}}},
		{"selector-matches-job", change{name: "a policy for the job", settings: withoutPodSecurity, chart: map[string]string{
			"job.yaml":    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: " + pod + "}\n",
			"policy.yaml": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {matchLabels: {app: a}}}\n",
		}}},
		{"name-collision", change{name: "the same name of another kind", chart: map[string]string{"a.yaml": object, "b.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Release.Name }}}\n"}}},
		{"name-collision", change{name: "the fleet of a job that is called as another service", add: map[string]string{
			"values.yaml":                            "config: {files: {app.yaml: {mode: api}}}\njobs: {worker: {}}\n",
			"../../orders-worker/deploy/values.yaml": service + "config: {files: {app.yaml: {mode: worker}}}\n", "../../orders-worker/deploy/values-dev.yaml": "environment: dev\n",
		}}},
		{"name-collision", change{name: "a hook's name in another environment, and in another namespace", chart: map[string]string{
			"hook.yaml": "{{ with .Values.name }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ . }}, namespace: {{ $.Values.space | default \"default\" }}, annotations: {helm.sh/hook: pre-install}}\n{{ end }}\n",
			"a.yaml":    object,
		}, add: map[string]string{
			"values-prod.yaml": "name: billing\n", "values-dev.yaml": "name: billing\nspace: other\n",
			"../../billing/deploy/values.yaml": "{}\n", "../../billing/deploy/values-dev.yaml": "{}\n",
		}}},
		{"name-collision", change{name: "a hook's name for another kind", chart: map[string]string{
			"hook.yaml": "{{ with .Values.name }}\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ . }}, annotations: {helm.sh/hook: pre-install}}\n{{ end }}\n",
			"a.yaml":    object,
		}, add: map[string]string{"values-dev.yaml": "name: billing\n", "../../billing/deploy/values.yaml": "{}\n", "../../billing/deploy/values-dev.yaml": "{}\n"}}},
		{"route-collision", change{name: "another path, and another environment", add: map[string]string{
			"values-dev.yaml":                  "ingress: {enabled: true, hosts: {api.example.com: {paths: {/orders: {}}}}}\n",
			"../../billing/deploy/values.yaml": service, "../../billing/deploy/values-dev.yaml": "environment: dev\ningress: {enabled: true, hosts: {api.example.com: {paths: {/billing: {}}}}}\n",
			"../../billing/deploy/values-prod.yaml": "environment: prod\ningress: {enabled: true, hosts: {api.example.com: {paths: {/orders: {}}}}}\n",
		}}},
		{"route-collision", change{name: "a part of the requests", chart: map[string]string{"a.yaml": ingress("a", ""), "b.yaml": ingress("b", "nginx.ingress.kubernetes.io/canary: 'true'")}}},
		{"production-mutable-tag", change{name: "a release", settings: withoutPodSecurity, chart: deployment("{name: a, image: 'registry:5000/a:1.2', resources: {limits: {memory: 1Gi}}}")}},
		{"production-no-memory-limit", change{name: "no limit of anything else", settings: withoutPodSecurity, chart: deployment("{name: a, image: 'a:1', resources: {limits: {memory: 1Gi}}}")}},
		{"values-not-in-production", change{name: "in one of two others", add: map[string]string{"values-dev.yaml": "env: {A: a}\n", "values-stg.yaml": "environment: stg\n"}}},
		{"values-dead", change{name: "switched on", settings: ablation, add: map[string]string{"values.yaml": "autoscaling: {enabled: true, maxReplicas: 7}\n"}}},
		{"values-redundant", change{name: "another value", settings: ablation, add: map[string]string{"values-dev.yaml": "replicas: 3\n"}}},
	}
	covered := map[string]bool{}
	for _, c := range cases {
		t.Run(c.rule+": "+c.name, func(t *testing.T) { require.Empty(t, c.findings(t)) })
		covered[c.rule] = true
	}
	requireAll(t, covered)
}

// What comes from the chart is looked for in the values of its reference releases alone; what comes from values is found in
// those of each release.
func TestReferences(t *testing.T) {
	chart := chartOf(t, map[string]string{
		"a.yaml": object + "dta: {}\n", "b.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}}\n{{ if .Values.more }}dta: {}{{ end }}\n",
	})
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("s%02d/deploy/values-dev.yaml", i)] = "a: 1\nb: 1\nc: {d: 1, e: 1}\n"
	}
	files["s19/deploy/values-dev.yaml"] += "more: true\n"
	dir := write(t, files)
	found, err := fleet.Find(fleet.Layout{Tree: dir, Chart: chart})
	require.NoError(t, err)
	run := func(references int) (findings []check.Finding, renders int) {
		settings := all
		for _, service := range found.Services[:references] {
			settings.References = append(settings.References, service.Releases...)
		}
		checker, err := check.NewChecker(settings)
		require.NoError(t, err)
		for _, service := range found.Services {
			result, err := checker.Service(t.Context(), service.Releases)
			require.NoError(t, err)
			findings, renders = append(findings, result.Findings...), renders+result.Renders
		}
		return findings, renders
	}
	without, many := run(0)
	with, few := run(2)
	require.Equal(t, without, with)
	require.Len(t, with, 21)
	require.Equal(t, 4, with[20].Line, "%+v", with[20])
	// 20 releases, and those without a part of the values of the one that has a finding of its own.
	require.Less(t, few, 30)
	require.Greater(t, many, 39, "each release without its values, too")
}

// What a chart without findings renders has none with ablation and all versions either.
func TestTheExampleIsClean(t *testing.T) {
	settings := all
	settings.Versions = []string{"1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"}
	require.Empty(t, findings(t, fleet.Layout{
		Tree: "../..", Values: []string{"test/{service}/deploy/values.yaml", "test/{service}/deploy/values-{environment}.yaml"},
		Platform: []string{"ci/platform/values.yaml", "ci/platform/values-{environment}.yaml"}, Chart: microservice, Tag: "{environment}-1",
	}, settings))
}

func TestFindingsAreSortedAndTheSameInAnyOrder(t *testing.T) {
	found := []check.Finding{
		{Rule: "b", Service: "a", Environments: []string{"prod"}, Versions: []string{"1.37"}},
		{Rule: "b", Service: "a", Environments: []string{"dev"}, Versions: []string{"1.30"}},
		{Rule: "a", Service: "b", Environments: []string{"dev"}},
		{Rule: "a", Service: "a", Environments: []string{"dev"}, Versions: []string{"1.30"}, Line: 7},
	}
	first := check.Merge(found, []string{"1.30", "1.37"})
	slices.Reverse(found)
	require.Equal(t, first, check.Merge(found, []string{"1.30", "1.37"}))
	require.Len(t, first, 3)
	require.Equal(t, []string{"dev", "prod"}, first[0].Environments)
	require.Empty(t, first[0].Versions, "all of them")
	require.Equal(t, []string{"1.30"}, first[1].Versions)
}
