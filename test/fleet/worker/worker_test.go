package worker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/fleet"
	"gitlab.example.com/platform/slipway/test/fleet/worker"
)

// asWorker is the environment variable with which this test's binary is a worker.
const asWorker = "SLIPWAY_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		if err := worker.Serve(os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	if err := os.Setenv(asWorker, "yes"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func options(t *testing.T, timeout time.Duration) worker.Options {
	self, err := os.Executable()
	require.NoError(t, err)
	return worker.Options{
		Command: []string{self},
		Setup:   worker.Setup{Settings: check.Settings{Versions: []string{"1.37"}}, Memory: 512 << 20, Time: timeout},
	}
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// hostile are templates that must not take anything else down, and values that must not.
var hostile = map[string]string{
	"long":     `{{ range until 2000000000 }}x{{ end }}`,
	"memory":   `{{ $s := "xxxxxxxxxxxxxxxx" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}{{ $s }}`,
	"endless":  `{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ end }}{{ end }}`,
	"calls":    `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
	"includes": `{{ define "b" }}{{ include "b" . }}{{ end }}{{ include "b" . }}`,
	"tpl":      `{{ define "c" }}{{ tpl "{{ include \"c\" . }}" . }}{{ end }}{{ include "c" . }}`,
}

// One finding for each, whatever a release does, and the others are checked.
func TestTheRestOfTheFleetIsChecked(t *testing.T) {
	files := map[string]string{}
	wants := map[string]string{"good": ""}
	for name, template := range hostile {
		files["charts/"+name+"/Chart.yaml"] = "{apiVersion: v2, name: chart, version: 0.1.0}"
		files["charts/"+name+"/templates/a.yaml"] = template
		files[name+"/deploy/values-dev.yaml"] = "a: 1\n"
	}
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		above := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+above+",", 10), ",") + "]\n"
	}
	for name, values := range map[string]string{
		"good": "a: 1\n", "binary": "\x00\x01", "malformed": "a: [", "bomb": bomb,
		"large": "a: " + strings.Repeat("x", 10<<20), "deep": "a: " + strings.Repeat("{a: ", 100_000),
		"wide": "a:\n" + strings.Repeat("- {b: c}\n", 50_000),
	} {
		files["charts/"+name+"/Chart.yaml"] = "{apiVersion: v2, name: chart, version: 0.1.0}"
		files["charts/"+name+"/templates/a.yaml"] = object
		files[name+"/deploy/values-dev.yaml"] = values
	}
	files["charts/broken/Chart.yaml"] = "{apiVersion: v2, name: chart, version: 0.1.0, dependencies: [{name: none, version: 1.0.0, repository: https://example.com}]}"
	files["broken/deploy/values-dev.yaml"] = "a: 1\n"
	files["none/deploy/values-dev.yaml"] = "a: 1\n"
	wants["wide"] = ""
	for name, rule := range map[string]string{
		"long": "template-limits", "memory": "template-limits", "endless": "template-limits", "calls": "template", "includes": "template-error", "tpl": "template",
		"binary": "values-unreadable", "malformed": "values-unreadable", "bomb": "values-unreadable", "large": "values-unreadable", "deep": "values-unreadable",
		"broken": "chart-unusable", "none": "chart-unusable",
	} {
		wants[name] = rule
	}
	tree := write(t, files)
	found, err := fleet.Find(fleet.Layout{Tree: tree, Chart: filepath.Join(tree, "charts/{service}")})
	require.NoError(t, err)
	require.Len(t, found.Services, len(wants))

	done := 0
	outcome, err := fleet.Check(t.Context(), found, 2, options(t, 5*time.Second), func(n int) { done = n })
	require.NoError(t, err)
	require.Equal(t, len(wants), done)
	got := map[string][]check.Finding{}
	for _, f := range outcome.Findings {
		got[f.Service] = append(got[f.Service], f)
	}
	for name, rule := range wants {
		if rule == "" {
			require.Empty(t, got[name], name)
			continue
		}
		require.Len(t, got[name], 1, "%s: %+v", name, got[name])
		require.Contains(t, got[name][0].Rule, rule, "%s: %+v", name, got[name])
		require.Less(t, len(got[name][0].Message), 700, name)
		t.Log(name, got[name][0].Rule, got[name][0].Message)
	}
}

// A release that dies does not hide what is wrong with the others of its service.
func TestTheReleaseThatDiesIsNamed(t *testing.T) {
	tree := write(t, map[string]string{
		"chart/Chart.yaml":               "{apiVersion: v2, name: chart, version: 0.1.0}",
		"chart/templates/a.yaml":         `{{ if eq .Values.a 2.0 }}{{ range until 2000000000 }}x{{ end }}{{ end }}{{ .Values.b.c }}`,
		"orders/deploy/values-dev.yaml":  "a: 1\n",
		"orders/deploy/values-prod.yaml": "a: 2\n",
	})
	found, err := fleet.Find(fleet.Layout{Tree: tree, Chart: filepath.Join(tree, "chart")})
	require.NoError(t, err)
	outcome, err := fleet.Check(t.Context(), found, 2, options(t, 5*time.Second), func(int) {})
	require.NoError(t, err)
	var briefs []string
	for _, f := range outcome.Findings {
		briefs = append(briefs, f.Rule+" "+strings.Join(f.Environments, " "))
	}
	require.ElementsMatch(t, []string{"template-error dev", "template-limits prod"}, briefs)
}

// What shows in the files of a service's releases beside each other is found, and nothing is said of what the one that dies may
// need.
func TestOneThatDiesHidesNothingOfTheFiles(t *testing.T) {
	tree := write(t, map[string]string{
		"chart/Chart.yaml":               "{apiVersion: v2, name: chart, version: 0.1.0}",
		"chart/templates/a.yaml":         `{{ if eq .Values.a 2.0 }}{{ range until 2000000000 }}x{{ end }}{{ end }}`,
		"orders/deploy/values.yaml":      "b: 1\n",
		"orders/deploy/values-dev.yaml":  "a: 1\nc: 1\n",
		"orders/deploy/values-stg.yaml":  "a: 1\nc: 1\n",
		"orders/deploy/values-prod.yaml": "a: 2\n",
	})
	found, err := fleet.Find(fleet.Layout{Tree: tree, Chart: filepath.Join(tree, "chart")})
	require.NoError(t, err)
	o := options(t, 5*time.Second)
	o.Setup.Settings.Ablation, o.Setup.Settings.Production = true, []string{"prod"}
	outcome, err := fleet.Check(t.Context(), found, 1, o, func(int) {})
	require.NoError(t, err)
	var briefs []string
	for _, f := range outcome.Findings {
		briefs = append(briefs, f.Rule+" "+strings.Join(f.Environments, " ")+" "+f.Values)
	}
	require.ElementsMatch(t, []string{"template-limits prod ", "values-not-in-production prod c"}, briefs)
}

// Services beside those that are checked count for what they make, and nothing is said of them.
func TestServicesBeside(t *testing.T) {
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.name }}}\n"
	tree := write(t, map[string]string{
		"chart/Chart.yaml": "{apiVersion: v2, name: chart, version: 0.1.0}", "chart/templates/a.yaml": object,
		"a/deploy/values-dev.yaml": "name: one\n", "b/deploy/values-dev.yaml": "name: one\nname: one\n",
		"c/deploy/values-dev.yaml": "name: two\n", "d/deploy/values-dev.yaml": "name: two\n", "e/deploy/values-dev.yaml": "name: [\n",
	})
	found, err := fleet.Find(fleet.Layout{Tree: tree, Chart: filepath.Join(tree, "chart")})
	require.NoError(t, err)
	found.Services, found.Beside = found.Services[:1], found.Services[1:]
	done := 0
	outcome, err := fleet.Check(t.Context(), found, 2, options(t, 5*time.Second), func(n int) { done = n })
	require.NoError(t, err)
	require.Equal(t, 1, done)
	require.Len(t, outcome.Findings, 1, "%+v", outcome.Findings)
	require.Equal(t, "name-collision", outcome.Findings[0].Rule)
	require.Contains(t, outcome.Findings[0].Message, "is made by a too")
}

func TestAWorkerThatIsNoneIsAnError(t *testing.T) {
	tree := write(t, map[string]string{"orders/deploy/values-dev.yaml": "a: 1\n"})
	found, err := fleet.Find(fleet.Layout{Tree: tree, Chart: tree})
	require.NoError(t, err)
	o := options(t, 5*time.Second)
	o.Setup.Settings.Versions = []string{"1.2"}
	_, err = fleet.Check(t.Context(), found, 1, o, func(int) {})
	require.ErrorContains(t, err, `version "1.2" of Kubernetes is not known`)
	o.Command = []string{filepath.Join(tree, "none")}
	_, err = fleet.Check(t.Context(), found, 1, o, func(int) {})
	require.ErrorContains(t, err, "start a worker")
}
