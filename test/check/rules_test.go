package check_test

import (
	"fmt"
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
	for _, service := range found.Services {
		result, err := checker.Service(t.Context(), service.Releases)
		require.NoError(t, err)
		findings = append(findings, result.Findings...)
		objects = append(objects, result.Objects...)
	}
	findings = check.Merge(append(findings, check.Collisions(objects)...), settings.Versions)
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

// Each rule finds what it is for, in the right place, and nothing in the clean fleet that it is a change of.
func TestRules(t *testing.T) {
	cases := []struct {
		name     string
		add      map[string]string // text at the end of a file of the clean fleet, or a new file
		chart    map[string]string // another chart than ours
		settings func(*check.Settings)
		want     []string // all findings in brief
		says     string   // the first one's message and remedy hold it
	}{
		{name: "clean"},
		{name: "no YAML", add: map[string]string{"values-dev.yaml": "a: [\n"}, want: []string{"values-unreadable values-dev.yaml:2"}, says: "is not YAML: did not find expected node content"},
		{name: "a key twice", add: map[string]string{"values.yaml": "env: {A: a}\nenv: {B: b}\n"}, want: []string{"yaml-repeated-key values.yaml:4 env"}, says: "line 3"},
		{name: "a key that is a boolean", add: map[string]string{"values.yaml": "env: {A: a,\n  ON: b}\n"}, want: []string{"values-mistake values.yaml:4 env.true", "yaml-key values.yaml:4 env.true"}, says: "is how YAML reads y, yes and on"},
		{name: "an octal tag", add: map[string]string{"values-dev.yaml": "image: {tag: 0123}\n"}, want: []string{"yaml-value values-dev.yaml:2 image.tag"}, says: `0123 is read as 83 write "0123", or 83 if that is meant`},
		{name: "a number in scientific notation", add: map[string]string{"values.yaml": "tag: 20250811\n"}, chart: map[string]string{"a.yaml": object + "data: {tag: \"{{ .Values.tag }}\"}\n"},
			want: []string{"yaml-value values.yaml:3 tag"}, says: "20250811 is rendered as 2.0250811e+07"},
		{name: "a misspelt key", add: map[string]string{"values.yaml": "resource: {}\n"}, want: []string{"values-unknown-key values.yaml:3 resource"}, says: "did you mean resources?"},
		{name: "a misspelt key further down", add: map[string]string{"values-dev.yaml": "image:\n  pullPolcy: Always\n"}, want: []string{"values-unknown-key values-dev.yaml:3 image.pullPolcy"}, says: "did you mean image.pullPolicy?"},
		{name: "another type", add: map[string]string{"values.yaml": "replicas: two\n"}, want: []string{"values-schema values.yaml:3 replicas"}, says: "got string, want"},
		{name: "the chart's own mistakes and the schema's", add: map[string]string{"values.yaml": "replicas: two\nports: {http: {port: 80}, other: {port: 80}}\n"},
			want: []string{"values-schema values.yaml:3 replicas", "values-mistake values.yaml:4 ports.other.containerPort", "values-mistake values.yaml:4 ports.other.port"}},
		{name: "required", add: map[string]string{"values.yaml": "a: 1\n"}, chart: map[string]string{"a.yaml": object + `data: {a: {{ required "b: is needed" .Values.b }}}`},
			want: []string{"values-mistake values.yaml:0 b"}, says: "is needed"},
		{name: "a broken template", chart: map[string]string{"a.yaml": "{{ .Values.a.b.c }}"}, want: []string{"template-error"}, says: "nil pointer"},
		{name: "a template that calls itself", chart: map[string]string{"a.yaml": `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`}, want: []string{"template-error"}, says: "nested reference name: a"},
		{name: "what is no object", chart: map[string]string{"a.yaml": "a: b: c"}, want: []string{"manifest-error"}, says: "YAML parse error on chart/templates/a.yaml"},
		{name: "a version that the chart does not want", chart: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, kubeVersion: '>=1.34'}", "a.yaml": object}, want: []string{"chart-kube-version"}, says: ">=1.34"},
		{name: "a missing dependency", chart: map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, dependencies: [{name: b, version: 1.0.0}]}"}, want: []string{"chart-unusable"}, says: "missing in charts/ directory: b"},
		{name: "a schema that is elsewhere", chart: map[string]string{"values.schema.json": `{"$ref": "https://example.com/schema.json"}`, "a.yaml": object}, want: []string{"chart-unusable"}, says: "https://example.com/schema.json"},
		{name: "a kind that is gone", chart: map[string]string{"a.yaml": "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"}, want: []string{"kubernetes-served PodDisruptionBudget/a apiVersion"}, says: "no matches for kind"},
		{name: "a field that is unknown", chart: map[string]string{"a.yaml": object + "dta: {}\n"}, want: []string{"kubernetes-fields ConfigMap/orders dta"}, says: `unknown field "dta"`},
		{name: "what the server refuses", add: map[string]string{"values.yaml": "port:\n  number: 80\n  name: a-name-that-is-too-long\n"},
			chart: map[string]string{"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: {{ .Values.port.number }}, name: a, targetPort: {{ .Values.port.name | default \"a\" }}}]}\n"},
			want:  []string{"kubernetes-rules values.yaml:5 port.name Service/a spec.ports[0].targetPort"}, says: "must be no more than 15 characters"},
		{name: "a key of an unusual form", add: map[string]string{"values.yaml": "nodeSelector: {a b: c}\n"}, want: []string{"values-schema values.yaml:3 nodeSelector.a b"}, says: "a key here must match ^"},
		{name: "pod security", add: map[string]string{"values-dev.yaml": "securityContext:\n  readOnlyRootFilesystem: false\n  runAsNonRoot: false\n"}, want: []string{"pod-security values-dev.yaml:4 securityContext.runAsNonRoot Deployment/orders spec.template.spec"}},
		{name: "an unknown kind", chart: map[string]string{"a.yaml": "apiVersion: example.com/v1\nkind: Other\nmetadata: {name: a}\n"}, want: []string{"kubernetes-undecided Other/a"}},
		{name: "a selector that matches a job", chart: map[string]string{
			"job.yaml":     "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: " + pod + "}\n",
			"service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: [{port: 80}]}\n",
		}, settings: func(s *check.Settings) { s.PodSecurity = "" }, want: []string{"selector-matches-job Service/a spec.selector"}, says: "app=a matches the pods of Job/a"},
		{name: "a name twice in a release", chart: map[string]string{"a.yaml": object, "b.yaml": object}, want: []string{"name-collision ConfigMap/orders"}, says: "chart/templates/a.yaml and chart/templates/b.yaml"},
		{name: "a name in two services", add: map[string]string{
			"../../billing/deploy/values.yaml": service + "fullnameOverride: orders\n", "../../billing/deploy/values-dev.yaml": "environment: dev\n",
		}, want: []string{"name-collision Deployment/orders", "name-collision PodDisruptionBudget/orders", "name-collision Service/orders", "name-collision ServiceAccount/orders"}, says: "is made by billing too"},
		{name: "a moving tag and no limit in production", chart: map[string]string{
			"a.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'registry:5000/a'}]}}}\n",
		}, settings: func(s *check.Settings) { s.PodSecurity = "" },
			want: []string{"production-mutable-tag Deployment/a containers[0].image", "production-no-memory-limit Deployment/a containers[0].resources.limits.memory"}, says: "registry:5000/a moves"},
		{name: "not in production", add: map[string]string{"values-dev.yaml": "env: {A: a}\n", "values-stg.yaml": "environment: stg\nenv: {A: b}\n"}, want: []string{"values-not-in-production values-stg.yaml:2 env.A"}, says: "dev, stg, not in prod"},
		{name: "a value that changes nothing", add: map[string]string{"values.yaml": "autoscaling:\n  minReplicas: 3\n"}, settings: func(s *check.Settings) { s.Ablation = true }, want: []string{"values-dead values.yaml:4 autoscaling.minReplicas"}},
		{name: "a value that repeats the default", add: map[string]string{"values-dev.yaml": "replicas: 2\n"}, settings: func(s *check.Settings) { s.Ablation = true }, want: []string{"values-redundant values-dev.yaml:2 replicas"}},
	}
	covered := map[string]bool{"template-limits": true, "ignore-unused": true} // of the worker, and of the ignore file
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
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
			found := findings(t, layout, settings)
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
	for _, rule := range check.Rules() {
		require.True(t, covered[rule.ID], "no case finds %s", rule.ID)
	}
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
