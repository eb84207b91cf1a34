package check

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// files of a release by name: values.yaml, Chart.yaml, and templates; without templates, the chart is charts/microservice.
type files map[string]string

// deployed are rules with what breaks each on purpose, and the same mended: a deploy runs into what slipway check finds,
// and goes through where it finds nothing.
var deployed = []struct {
	rule           string
	name           string
	broken, mended files
	says           string // Helm, or the server through it
	// silent is the Helm, if there is one, that says nothing and has one of these data in the ConfigMap then, which is not
	// what is written.
	silent *helmcli.Program
	data   []string
}{
	{rule: "values-unreadable", name: "no YAML", broken: files{"values.yaml": "a: [\n", "a.yaml": configMap}, mended: files{"values.yaml": "a: []\n", "a.yaml": configMap}, says: "did not find expected node content"},
	{
		rule: "chart-unusable", name: "a missing dependency", says: "missing in charts/ directory: b",
		broken: files{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, dependencies: [{name: b, version: 1.0.0}]}", "a.yaml": configMap},
		mended: files{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0}", "a.yaml": configMap},
	},
	{rule: "values-unknown-key", name: "a misspelt key", broken: files{"values.yaml": service + "resource: {}\n"}, mended: files{"values.yaml": service + "resources: {}\n"}, says: "'resource'"},
	{rule: "values-schema", name: "another type", broken: files{"values.yaml": service + "replicas: two\n"}, mended: files{"values.yaml": service + "replicas: 2\n"}, says: "got string, want"},
	{
		rule: "values-mistake", name: "a number twice", says: "ports.other.port: ",
		broken: files{"values.yaml": service + "ports: {http: {port: 80}, other: {port: 80}}\n"}, mended: files{"values.yaml": service + "ports: {http: {port: 80}, other: {port: 81}}\n"},
	},
	{rule: "template-error", name: "nothing in nothing", broken: files{"a.yaml": configMap + "data: {a: '{{ .Values.a.b.c }}'}\n"}, mended: files{"a.yaml": configMap + "data: {a: '{{ .Values.a }}'}\n"}, says: "nil pointer evaluating"},
	{rule: "manifest-error", name: "no YAML", broken: files{"a.yaml": configMap + "data: a: b\n"}, mended: files{"a.yaml": configMap + "data: {a: b}\n"}, says: "YAML parse error on"},
	{
		rule: "chart-kube-version", name: "a version to come", says: "chart requires kubeVersion: >=1.99",
		broken: files{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, kubeVersion: '>=1.99'}", "a.yaml": configMap},
		mended: files{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0, kubeVersion: '>=1.30'}", "a.yaml": configMap},
	},
	{
		rule: "kubernetes-served", name: "a version that is gone", says: "no matches for kind \"PodDisruptionBudget\"",
		broken: files{"a.yaml": "apiVersion: policy/v1beta1\n" + budget}, mended: files{"a.yaml": "apiVersion: policy/v1\n" + budget},
	},
	{rule: "kubernetes-fields", name: "an unknown field", broken: files{"a.yaml": configMap + "dta: {a: b}\n"}, mended: files{"a.yaml": configMap + "data: {a: b}\n"}, says: "dta", silent: helmcli.Helm3, data: []string{""}},
	{rule: "kubernetes-fields", name: "another type", broken: files{"a.yaml": configMap + "data: {a: 1}\n"}, mended: files{"a.yaml": configMap + "data: {a: '1'}\n"}, says: "data"},
	{
		rule: "kubernetes-rules", name: "a port that is none", says: "must be between 1 and 65535",
		broken: files{"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\nspec: {ports: [{port: 70000}]}\n"},
		mended: files{"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\nspec: {ports: [{port: 7000}]}\n"},
	},
	{
		rule: "kubernetes-rules", name: "a taint that nobody can have", says: "tolerations",
		broken: files{"values.yaml": service + "tolerations: [{key: 'not valid!', operator: Exists}]\n"}, mended: files{"values.yaml": service + "tolerations: [{key: valid, operator: Exists}]\n"},
	},
	{
		rule: "pod-security", name: "a pod that may be root", says: "violates PodSecurity \"restricted:latest\"",
		broken: files{"a.yaml": pod + "spec: {containers: [{name: a, image: a}]}\n"},
		mended: files{"a.yaml": pod + "spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, image: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}\n"},
	},
	{
		rule: "kubernetes-undecided", name: "a kind that is nowhere", says: "no matches for kind \"Other\"",
		broken: files{"a.yaml": "apiVersion: example.com/v1\nkind: Other\nmetadata: {name: a}\n"}, mended: files{"a.yaml": configMap},
	},
	{
		rule: "name-collision", name: "a name twice", says: "already exists",
		broken: files{"a.yaml": configMap + "data: {from: a}\n", "b.yaml": configMap + "data: {from: b}\n"}, silent: helmcli.Helm4, data: []string{`{"from":"a"}`, `{"from":"b"}`},
		mended: files{"a.yaml": configMap, "b.yaml": strings.Replace(configMap, "}}}", "}}-b}", 1)},
	},
}

// notDeployed are the rules about which Helm and the server say nothing: each with why.
var notDeployed = map[string]string{
	"yaml-documents":             "Helm 3 reads the first, Helm 4 all",
	"release-name":               "Helm refuses the name before anything else",
	"helm-hook":                  "Helm leaves the object out",
	"helm-record-size":           "it takes a megabyte that cannot be packed",
	"kubernetes-apply":           "it is a mistake that Helm 3 deploys",
	"kubernetes-warning":         "it is a mistake of what is admitted",
	"yaml-repeated-key":          "Helm takes the last",
	"yaml-key":                   "Helm takes what YAML reads",
	"yaml-value":                 "Helm takes what YAML reads",
	"template-limits":            "Helm renders until it is ended",
	"selector-matches-job":       "it is a mistake of what is admitted",
	"production-mutable-tag":     "it is a mistake of what is admitted",
	"production-no-memory-limit": "it is a mistake of what is admitted",
	"release-twice":              "it is about releases beside each other",
	"route-collision":            "it is about releases beside each other",
	"values-not-in-production":   "it is about files beside each other",
	"values-dead":                "it is about what is not needed",
	"values-redundant":           "it is about what is not needed",
	"ignore-unused":              "it is about .slipway.yaml",
}

const (
	service   = "environment: dev\nimage: {repository: registry.example.com/example, tag: dev-1}\n"
	configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
	budget    = "kind: PodDisruptionBudget\nmetadata: {name: {{ .Release.Name }}}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: a}}}\n"
	pod       = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}}\n"
)

// Each rule that is about what a deploy runs into is broken on purpose, and a deploy with the deployer's rights runs into it.
func TestADeployRunsIntoWhatRulesFind(t *testing.T) {
	known := maps.Clone(notDeployed)
	for _, d := range deployed {
		known[d.rule] = "a deploy runs into it"
	}
	for _, rule := range check.Rules() {
		require.Contains(t, known, rule.ID, "is neither tried nor explained")
		delete(known, rule.ID)
	}
	require.Empty(t, known, "are no rules")

	t.Parallel()
	for _, d := range deployed {
		t.Run(d.rule+": "+d.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				w := helmcli.Terminal{T: t, Program: p, Kubeconfig: deployerKubeconfig}
				chart, values := d.mended.write(t)
				require.Empty(t, rulesFound(t, chart, values), "mended")
				require.NoError(t, install(w, release(), chart, values), "mended")

				chart, values = d.broken.write(t)
				require.Contains(t, rulesFound(t, chart, values), d.rule)
				name := release()
				err := install(w, name, chart, values)
				if d.silent == p {
					require.NoError(t, err)
					require.Contains(t, d.data, w.Must("kubectl", "get", "configmap", name, "--namespace", project, "--output", "jsonpath={.data}").Stdout)
					return
				}
				require.ErrorContains(t, err, d.says)
			})
		})
	}
}

// write makes a release's files, and returns the path of the chart and that of the values file.
func (f files) write(t *testing.T) (chart, values string) {
	t.Helper()
	chart = t.TempDir()
	content := files{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0}", "values.yaml": "{}"}
	maps.Copy(content, f)
	values = filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(values, []byte(content["values.yaml"]), 0o600))
	delete(content, "values.yaml")
	if len(content) == 1 {
		return root + "charts/microservice", values
	}
	require.NoError(t, os.Mkdir(filepath.Join(chart, "templates"), 0o755))
	for name, text := range content {
		if name != "Chart.yaml" {
			name = "templates/" + name
		}
		require.NoError(t, os.WriteFile(filepath.Join(chart, name), []byte(text), 0o600))
	}
	return chart, values
}

// rulesFound are the rules of what slipway check finds in a release.
func rulesFound(t *testing.T, chart, values string) (ids []string) {
	t.Helper()
	checker, err := check.NewChecker(check.Settings{Versions: []string{string(same)}, PodSecurity: "restricted"})
	require.NoError(t, err)
	result, err := checker.Service(t.Context(), []check.Release{{
		Service: "a", Environment: "dev", Name: "a", Namespace: project, Chart: chart, Layers: []check.Layer{{Path: values, Own: true}},
	}})
	require.NoError(t, err)
	for _, f := range result.Findings {
		ids = append(ids, f.Rule)
	}
	return ids
}

// release is a name that no other release has.
func release() string { return "a-" + strings.ToLower(random.UniqueID()) }

// install deploys a release.
func install(w helmcli.Terminal, name, chart, values string) error {
	_, err := w.Run("helm", "install", name, chart, "--namespace", project, "--values", values)
	return err
}
