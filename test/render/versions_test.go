package render_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/tool"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

func capabilities(t testing.TB) (all []render.Capabilities) {
	t.Helper()
	for _, version := range kubernetes.Versions() {
		c, err := version.Capabilities()
		require.NoError(t, err)
		all = append(all, render.Capabilities(c))
	}
	return all
}

// What reads the capabilities is rendered for each version, by whatever way it reads them; what does not, once. Each
// version gets what a render for it alone gives.
func TestEachVersionGetsItsOwn(t *testing.T) {
	const object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ %s | quote }}}\n"
	cases := []struct {
		name     string
		template string
		renders  int
	}{
		{name: "not at all", template: `.Values.a`, renders: 1},
		{name: "the word alone", template: `"Capabilities"`, renders: 1},
		{name: "Helm's version", template: `.Capabilities.HelmVersion.GoVersion`, renders: 1},
		{name: "that there are any", template: `if .Capabilities }}yes{{ end }}{{ ""`, renders: 1},
		{name: "the version", template: `.Capabilities.KubeVersion`, renders: 8},
		{name: "a field of the version", template: `.Capabilities.KubeVersion.Minor`, renders: 8},
		{name: "the minor's parity", template: `mod (int .Capabilities.KubeVersion.Minor) 2`, renders: 2},
		{name: "a kind that all serve", template: `.Capabilities.APIVersions.Has "apps/v1/Deployment"`, renders: 1},
		{name: "a kind that some serve", template: `.Capabilities.APIVersions.Has "networking.k8s.io/v1/ServiceCIDR"`, renders: 2},
		{name: "by another name", template: `get $ (printf "%s%s" "Capa" "bilities") | toJson`, renders: 8},
		{name: "in all that there is", template: `omit $ "Files" "Subcharts" "Chart" | toJson`, renders: 8},
		{name: "through include", template: `include "version" .`, renders: 8},
		{name: "through tpl", template: `tpl "{{ .Capabilities.KubeVersion.Version }}" .`, renders: 8},
		{name: "a copy", template: `(deepCopy (dict "c" .Capabilities)).c.KubeVersion.Version`, renders: 8},
		{name: "a merged copy", template: `(merge (dict) (dict "c" .Capabilities)).c.KubeVersion.Version`, renders: 8},
		{name: "printed", template: `printf "%v" .Capabilities.KubeVersion.Version`, renders: 8},
		{name: "as YAML", template: `toYaml .Capabilities`, renders: 8},
		{name: "an error", template: `if eq .Capabilities.KubeVersion.Minor "30" }}{{ fail "old" }}{{ end }}{{ ""`, renders: 2},
		{name: "an error that all have", template: `fail "always"`, renders: 1},
	}
	all := capabilities(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			chart := load(t, chartOf(t, map[string]string{
				"a.yaml":       strings.Replace(object, "%s", c.template, 1),
				"_helpers.tpl": `{{ define "version" }}{{ .Capabilities.KubeVersion.Version }}{{ end }}`,
			}))
			values := map[string]any{"a": "b"}
			prepared, err := render.Prepare(chart, example, values)
			require.NoError(t, err)
			rendered, err := prepared.Each(t.Context(), all)
			require.NoError(t, err)
			require.Len(t, rendered, c.renders)
			seen := 0
			for _, r := range rendered {
				for _, i := range r.For {
					seen++
					alone, err := render.RenderFor(t.Context(), chart, example, values, all[i])
					if r.Err != nil {
						require.ErrorContains(t, err, r.Err.Error())
						continue
					}
					require.NoError(t, err)
					require.Equal(t, alone.Text, r.Manifests.Text)
				}
			}
			require.Equal(t, len(all), seen)
		})
	}
}

// One version after the other sees the values as they are given, whatever a template writes to them.
func TestVersionsDoNotShareValues(t *testing.T) {
	chart := load(t, chartOf(t, map[string]string{
		"a.yaml": "{{ $_ := set .Values.a \"n\" (add1 (.Values.a.n | default 0)) }}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"{{ .Values.a.n }} {{ .Capabilities.KubeVersion }}\"}\n",
	}))
	prepared, err := render.Prepare(chart, example, map[string]any{"a": map[string]any{}})
	require.NoError(t, err)
	rendered, err := prepared.Each(t.Context(), capabilities(t))
	require.NoError(t, err)
	require.Len(t, rendered, 8)
	for _, r := range rendered {
		require.NoError(t, r.Err)
		require.Contains(t, r.Manifests.Text, `data: {a: "1 v1.3`)
	}
}

// Every values file of the repository that is a service's or the chart's own gives byte for byte what helm template prints,
// for the oldest version and the newest.
func TestEveryValuesFileRendersAsHelmDoes(t *testing.T) {
	cases := map[string]render.Layers{
		"charts/microservice/values.yaml": {Set: []string{"environment=dev", "image.repository=a", "image.tag=b"}},
		"charts/project/values.yaml":      {Set: []string{"environment=dev"}},
	}
	services, err := filepath.Glob("../*/deploy/values-*.yaml")
	require.NoError(t, err)
	for _, file := range services {
		environment := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "values-"), ".yaml")
		cases[file] = render.Layers{
			Files: []string{platform + "values.yaml", platform + "values-" + environment + ".yaml", filepath.Dir(file) + "/values.yaml", file},
			Set:   []string{"image.tag=" + environment + "-1"},
		}
	}
	// Those that another test knows the charts by.
	features, err := filepath.Glob("../suite/rights/testdata/features/*.yaml")
	require.NoError(t, err)
	for _, file := range append(features, "../suite/rights/testdata/core.yaml") {
		cases[file] = render.Layers{Files: append(exampleLayers("dev").Files, file), Set: []string{"image.tag=dev-1"}}
	}
	require.GreaterOrEqual(t, len(cases), 2+3+10)
	for name, layers := range cases {
		t.Run(name, func(t *testing.T) {
			chartDir := microservice
			if strings.Contains(name, "charts/project") {
				chartDir = "../../charts/project"
			}
			values, err := layers.Merge()
			require.NoError(t, err)
			read, err := render.MergeRead(readAll(t, layers.Files), layers.Set, layers.SetString)
			require.NoError(t, err)
			require.Equal(t, values, read, "files that are read before merge as Helm merges them")
			versions, err := helmcli.Part([]string{"v1.37.0"}, []string{"v1.30.0", "v1.37.0"})
			require.NoError(t, err)
			for _, version := range versions {
				release := example
				release.KubeVersion = version
				manifests, err := render.Render(t.Context(), load(t, chartDir), release, values)
				text, complaints := helmTemplate(t, tool.Helm3, chartDir, release, layers)
				if err != nil {
					// The same is refused, in the same words.
					require.NotEmpty(t, complaints)
					require.Contains(t, err.Error(), strings.TrimSpace(strings.TrimPrefix(complaints, "Error: ")))
					continue
				}
				require.Empty(t, complaints)
				require.Equal(t, text, manifests.Text)
			}
		})
	}
}

func readAll(t *testing.T, paths []string) (files []map[string]any) {
	t.Helper()
	for _, path := range paths {
		file, err := valuesfile.Read(path)
		require.NoError(t, err)
		files = append(files, file.Values)
	}
	return files
}

// FuzzTemplates looks for templates that end the program, rather than with an error.
func FuzzTemplates(f *testing.F) {
	for _, seed := range []string{"{{ .Values.a }}", "{{ include \"a\" . }}", "{{ define \"a\" }}{{ end }}", "{{ toYaml . }}", "a: [", "{{ .Capabilities }}", "---\n---\n", "{{ fail \"\\n- a: b\" }}", "{{ .Files.Get \"x\" }}"} {
		f.Add(seed, "a: {b: c}\n")
	}
	all := []render.Capabilities{{KubeVersion: "v1.30.0"}, {KubeVersion: "v1.37.0"}}
	f.Fuzz(func(t *testing.T, template, defaults string) {
		// What does not end, or takes all memory, is for the limits of the process that renders.
		if strings.Contains(template, "until") || strings.Contains(template, "repeat") || strings.Contains(template, "seq") || strings.Contains(template, "gen") || strings.Contains(template, "%") || strings.Contains(template, "indent") {
			return
		}
		chart, err := render.LoadFiles(map[string]string{"Chart.yaml": "{apiVersion: v2, name: chart, version: 0.1.0}", "values.yaml": defaults, "templates/a.yaml": template})
		if err != nil {
			return
		}
		prepared, err := render.Prepare(chart, example, nil)
		if err != nil {
			return
		}
		rendered, err := prepared.Each(t.Context(), all)
		require.NoError(t, err)
		require.NotEmpty(t, rendered)
		for _, r := range rendered {
			require.NotEmpty(t, r.For)
		}
	})
}
