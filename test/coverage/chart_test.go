package coverage_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/render"
)

// shop is a chart with a dependency under two names, a library, and a dependency that may be switched off.
var shop = map[string]string{
	"Chart.yaml": `apiVersion: v2
name: shop
version: 1.0.0
dependencies:
  - {name: store, version: 1.0.0, alias: left}
  - {name: store, version: 1.0.0, alias: right}
  - {name: words, version: 1.0.0}
  - {name: extra, version: 1.0.0, condition: extra.enabled}
`,
	"templates/NOTES.txt":              `{{ include "words.name" . }}{{ include "shared" . }}`,
	"templates/_shared.tpl":            `{{ define "shared" }}{{ if .Values.x }}x{{ end }}{{ end }}`,
	"charts/a-store/Chart.yaml":        "apiVersion: v2\nname: store\nversion: 1.0.0\n",
	"charts/a-store/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\ndata: {size: {{ .Values.size | default 1 | quote }}}\n",
	"charts/words/Chart.yaml":          "apiVersion: v2\nname: words\nversion: 1.0.0\ntype: library\n",
	"charts/words/templates/_w.tpl":    `{{ define "words.name" }}{{ if .Values.long }}{{ .Release.Name }}{{ end }}{{ end }}{{ define "words.old" }}o{{ end }}`,
	"charts/words/templates/no.yaml":   `{{ if .Values.x }}x{{ end }}`,
	"charts/extra/Chart.yaml":          "apiVersion: v2\nname: extra\nversion: 1.0.0\n",
	"charts/extra/templates/x.yaml":    "{{ if .Values.x }}{{ end }}",
	"charts/extra/templates/_s.tpl":    `{{ define "shared" }}{{ if .Values.y }}y{{ end }}{{ end }}`,
}

func TestChartsWithinCharts(t *testing.T) {
	chart := chartOf(t, shop)
	result := cover(t, chart, values{"left": values{"size": 2}, "extra": values{"enabled": false}})
	require.Equal(t, []string{
		"1 if .Values.x was never true",
		"1 if .Values.long was never true",
		`1 define "words.old" was never called`,
	}, missed(result))
	require.Equal(t, []coverage.Part{
		{Folder: "", Loaded: true, Count: coverage.Count{Reached: 2, Arms: 3}},
		{Folder: "charts/a-store", Loaded: true, Count: coverage.Count{Reached: 2, Arms: 2}},
		{Folder: "charts/extra"},
		{Folder: "charts/words", Loaded: true, Count: coverage.Count{Reached: 2, Arms: 4}},
	}, result.Parts)
	require.Equal(t, 66.6, result.Percent())
	states := map[string]coverage.State{}
	for _, arm := range result.Arms {
		states[arm.File+" "+arm.String()] = arm.State
		if arm.State == coverage.Shadowed {
			require.Equal(t, "templates/_shared.tpl:1", arm.ShadowedBy)
		}
	}
	require.Equal(t, coverage.Shadowed, states["charts/extra/templates/_s.tpl if .Values.y was never true"])
	require.Equal(t, coverage.NotLoaded, states["charts/extra/templates/x.yaml if .Values.x was never true"])

	result = cover(t, chart, values{"extra": values{"enabled": true}})
	require.Contains(t, result.Parts, coverage.Part{Folder: "charts/extra", Loaded: true, Count: coverage.Count{Reached: 1, Arms: 2}})
}

// What the schema refuses has not run; what a template refuses has.
func TestErrorsAreThoseOfThePlainRender(t *testing.T) {
	loaded, err := render.LoadFiles(map[string]string{
		"Chart.yaml":          "apiVersion: v2\nname: thing\nversion: 1.0.0\n",
		"values.schema.json":  `{"properties": {"x": {"type": "string"}}}`,
		"templates/NOTES.txt": "\n{{ if .Values.x }}{{ required \"give y\" .Values.y | quote }}{{ fail \"no\" }}{{ end }}{{ .Values.z.z }}",
	})
	require.NoError(t, err)
	chart, err := coverage.New(loaded)
	require.NoError(t, err)
	for name, given := range map[string]values{"schema": {"x": 1}, "required": {"x": "1"}, "fail": {"x": "1", "y": 1}, "nil": {}} {
		t.Run(name, func(t *testing.T) {
			release, capabilities := render.Release{Name: "thing"}, render.Capabilities{KubeVersion: "1.30"}
			_, want := render.RenderFor(t.Context(), loaded, release, given, capabilities)
			require.Error(t, want)
			profile := chart.NewProfile()
			_, got := chart.Render(t.Context(), profile, name, release, given, capabilities)
			require.EqualError(t, got, want.Error())
			result := chart.Result(profile)
			require.Empty(t, result.NotMeasured)
			require.Equal(t, map[string]int{"schema": 0, "required": 2, "fail": 2, "nil": 1}[name], result.Count.Reached)
		})
	}
}

// Passwords and the time differ between any two renders. What a template prints of its own text does not, and is not measured.
func TestOutputThatDiffers(t *testing.T) {
	chart := chartOf(t, map[string]string{"templates/NOTES.txt": "a: {{ randAlphaNum 20 }}\n{{ if .Values.x }}{{ now }}{{ end }}\nb: 1"})
	require.Equal(t, []string{"2 if .Values.x was never false"}, missed(cover(t, chart, values{"x": 1})))

	chart = chartOf(t, map[string]string{"templates/NOTES.txt": "{{ if .Values.x }}{{ $slipwayCover := 1 }}{{ range list 1 }}{{ end }}{{ $slipwayCover }}{{ end }}"})
	profile := chart.NewProfile()
	_, err := chart.Render(t.Context(), profile, "takes the probes' variable", render.Release{Name: "thing"}, values{"x": 1}, render.Capabilities{KubeVersion: "1.30"})
	require.NoError(t, err)
	result := chart.Result(profile)
	require.Equal(t, []coverage.Gap{{
		Source: "takes the probes' variable", Reason: "with probes thing/templates/NOTES.txt is written otherwise",
	}}, result.NotMeasured)
	require.Zero(t, result.Count.Reached)
}

func TestExclusions(t *testing.T) {
	const text = `{{- /* cover: if .Values.x was never true, because
only another version sets it */}}
{{ if .Values.x }}{{ if .Values.y }}{{ end }}{{ end }}
{{ if .Values.x }}{{ end }}`
	chart := chartOf(t, map[string]string{"templates/NOTES.txt": text})
	result := cover(t, chart, values{})
	require.Equal(t, []string{"4 if .Values.x was never true"}, missed(result))
	require.Equal(t, coverage.Count{Reached: 2, Arms: 3}, result.Count)
	require.Equal(t, "only another version sets it", result.Arms[0].Reason)
	require.Empty(t, result.Wrong)

	result = cover(t, chart, values{"x": 1})
	require.Len(t, result.Wrong, 2, "the arm, and one in it")
	require.Equal(t, "if .Values.x was never true", result.Wrong[0].String())
}

func TestChartsThatCannotBeMeasured(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"no template":         {"a\n{{ if }}", "chart thing: templates/NOTES.txt is no template: templates/NOTES.txt:2: missing value for if"},
		"an end is missing":   {"{{ if .x }}", "chart thing: templates/NOTES.txt is no template: templates/NOTES.txt:1: unexpected EOF"},
		"no reason":           {"\n{{/* cover: if .x was never true */}}{{ if .x }}{{ end }}", "templates/NOTES.txt:2: this exclusion has no reason: write {{/* cover: if .x was never true, because REASON */}}"},
		"no such arm":         {"{{/* cover: if .y was never true, because so */}}{{ if .x }}{{ end }}", `templates/NOTES.txt:1: no arm after this exclusion is "if .y was never true"; write it as slipway cover prints it, before its action: "if .x was never true", "if .x was never false", …`},
		"the arm is above it": {"{{ if .x }}{{ end }}{{/* cover: if .x was never true, because so */}}", `no arm after this exclusion is "if .x was never true"`},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := render.LoadFiles(map[string]string{"Chart.yaml": "apiVersion: v2\nname: thing\nversion: 1.0.0\n", "templates/NOTES.txt": c.text})
			require.NoError(t, err)
			_, err = coverage.New(loaded)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Our own charts are written as without probes, whatever the example's values.
func TestOwnChart(t *testing.T) {
	loaded, err := render.Load("../../charts/microservice")
	require.NoError(t, err)
	chart, err := coverage.New(loaded)
	require.NoError(t, err)
	profile := chart.NewProfile()
	for _, environment := range []string{"dev", "stg", "prod"} {
		layers := render.Layers{Set: []string{"image.tag=" + environment + "-1"}}
		for _, folder := range []string{"../../ci/platform", "../example-microservice/deploy"} {
			layers.Files = append(layers.Files, folder+"/values.yaml", folder+"/values-"+environment+".yaml")
		}
		given, err := layers.Merge()
		require.NoError(t, err)
		release, capabilities := render.Release{Name: "example-microservice"}, render.Capabilities{KubeVersion: render.DefaultKubeVersion}
		plain, err := render.RenderFor(t.Context(), loaded, release, given, capabilities)
		require.NoError(t, err)
		observed, err := chart.Render(t.Context(), profile, environment, release, given, capabilities)
		require.NoError(t, err)
		require.Equal(t, plain.Text, observed.Text)
	}
	result := chart.Result(profile)
	require.Empty(t, result.NotMeasured)
	require.Greater(t, len(result.Arms), 1000)
	require.Greater(t, result.Count.Reached, 300)
	t.Logf("%d of %d arms", result.Count.Reached, result.Count.Arms)
}

func TestProfiles(t *testing.T) {
	chart := chartOf(t, shop)
	folder := filepath.Join(t.TempDir(), "profiles")
	for source, given := range map[string]values{"a": {"x": 1}, "b": {}} {
		profile := chart.NewProfile()
		_, err := chart.Render(t.Context(), profile, source, render.Release{Name: "thing"}, given, render.Capabilities{KubeVersion: "1.30"})
		require.NoError(t, err)
		require.NoError(t, profile.WriteTo(folder))
	}
	whole, err := chart.Read(folder)
	require.NoError(t, err)
	result := chart.Result(whole)
	require.Equal(t, 2, result.Renders)
	by := map[string][]string{}
	for _, arm := range result.Arms {
		by[arm.File+" "+arm.String()] = arm.By
	}
	require.Equal(t, []string{"a", "b"}, by[`templates/_shared.tpl define "shared" was never called`])
	require.Equal(t, []string{"a"}, by["templates/_shared.tpl if .Values.x was never true"])
	require.Equal(t, []string{"b"}, by["templates/_shared.tpl if .Values.x was never false"])

	_, err = chartOf(t, map[string]string{"templates/NOTES.txt": "x"}).Read(folder)
	require.ErrorContains(t, err, "the profile is of chart shop with other templates: collect it again")
	_, err = chart.Read(t.TempDir())
	require.ErrorContains(t, err, "holds no profile")
	for text, says := range map[string]string{
		"{":                  "is no profile: unexpected end of JSON input",
		`{"format": "x"}`:    `is no profile of this version: format "x"`,
		`{"reached": [1,2]}`: "is no profile: json: cannot unmarshal array",
	} {
		broken := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(broken, "x.cover.json"), []byte(text), 0o600))
		_, err = chart.Read(broken)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "x.cover.json")
	}
}
