package coverage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/render"
)

// chartOf makes a chart of templates and defaults, by path in the chart.
func chartOf(t *testing.T, files map[string]string) *coverage.Chart {
	t.Helper()
	whole := map[string]string{"Chart.yaml": "apiVersion: v2\nname: thing\nversion: 1.0.0\n"}
	for name, text := range files {
		whole[name] = text
	}
	loaded, err := render.LoadFiles(whole)
	require.NoError(t, err)
	chart, err := coverage.New(loaded)
	require.NoError(t, err)
	return chart
}

// cover renders a chart with each of the values, and requires that all is measured.
func cover(t *testing.T, chart *coverage.Chart, all ...map[string]any) coverage.Result {
	t.Helper()
	profile := chart.NewProfile()
	for i, values := range all {
		_, _ = chart.Render(t.Context(), profile, fmt.Sprintf("case %d", i), render.Release{Name: "thing"}, values,
			render.Capabilities{KubeVersion: render.DefaultKubeVersion})
	}
	result := chart.Result(profile)
	require.Empty(t, result.NotMeasured)
	require.Equal(t, len(all), result.Renders)
	return result
}

// missed are the arms that nothing reached, as they are printed.
func missed(result coverage.Result) (lines []string) {
	for _, arm := range result.Arms {
		if arm.State == coverage.Missed {
			lines = append(lines, fmt.Sprintf("%d %s", arm.Line, arm))
		}
	}
	return lines
}

type values = map[string]any

func TestArms(t *testing.T) {
	for name, c := range map[string]struct {
		template string
		given    []values
		missed   []string
	}{
		"if that is true": {
			"a: {{ if .Values.x }}1{{ end }}", []values{{"x": 1}},
			[]string{"1 if .Values.x was never false"},
		},
		"if that is false": {
			"\na: {{- if .Values.x }} 1\n{{- end }}", []values{{}},
			[]string{"2 if .Values.x was never true"},
		},
		"both ways of an if": {"a: {{ if .Values.x }}1{{ else }}2{{ end }}", []values{{}, {"x": 1}}, nil},
		"else that is written": {
			"{{ if .Values.x }}a: 1\n{{ else }}a: 2\n{{ end }}", []values{{"x": 1}},
			[]string{"2 if .Values.x was never false"},
		},
		"else if": {
			"{{ if .Values.x }}a: 1\n{{ else if .Values.y }}a: 2\n{{ else }}a: 3\n{{ end }}", []values{{"y": 1}},
			[]string{"1 if .Values.x was never true", "3 else if .Values.y was never false"},
		},
		"else if whose else is not written": {
			"{{ if .Values.x }}a: 1\n{{- else if .Values.y }}a: 2\n{{- end }}", []values{{"x": 1}},
			[]string{"2 else if .Values.y was never true", "2 else if .Values.y was never false"},
		},
		"an if in an else": {
			"{{ if .Values.x }}a: 1{{ else }}{{ if .Values.y }}a: 2{{ end }}{{ end }}", []values{{"y": 1}},
			[]string{"1 if .Values.x was never true", "1 if .Values.y was never false"},
		},
		"with, else with": {
			"{{ with .Values.x }}a: {{ . }}{{ else with .Values.y }}b: {{ . }}{{ end }}", []values{{"y": 2}},
			[]string{"1 with .Values.x was never true", "1 else with .Values.y was never false"},
		},
		"range with nothing": {
			"{{ range .Values.x }}a: 1{{ end }}", []values{{}},
			[]string{"1 range .Values.x never had one pass", "1 range .Values.x never had many passes"},
		},
		"range with one": {
			"{{- range $i, $x := .Values.x -}}\n a{{ $i }}: {{ $x }}\n{{- end -}}\n", []values{{"x": []any{1}}},
			[]string{"1 range $i, $x := .Values.x was never empty", "1 range $i, $x := .Values.x never had many passes"},
		},
		"range with many": {
			"{{ range .Values.x }}a{{ . }}: 1\n{{ else }}b: 1{{ end }}", []values{{"x": []any{1, 2}}},
			[]string{"1 range .Values.x never had one pass", "2 range .Values.x was never empty"},
		},
		"range that breaks makes one pass": {
			"{{ range .Values.x }}a: 1{{ break }}{{ end }}", []values{{"x": []any{1, 2}}},
			[]string{"1 range .Values.x was never empty", "1 range .Values.x never had many passes"},
		},
		"range that continues": {
			"{{ range .Values.x }}{{ if eq . 1 }}{{ continue }}{{ end }}a: {{ . }}{{ end }}", []values{{"x": []any{1, 2}}},
			[]string{"1 range .Values.x was never empty", "1 range .Values.x never had one pass"},
		},
		"ranges within themselves": {
			`{{ define "r" }}{{ range .kids }}a{{ .n }}: 1
{{ include "r" . }}{{ end }}{{ end }}{{ include "r" .Values }}`,
			[]values{{"kids": []any{values{"n": 1, "kids": []any{values{"n": 2}}}}}},
			[]string{"1 range .kids never had many passes"},
		},
		"define that is never called": {
			"{{ define \"x\" }}1{{ end }}a: 1", []values{{}},
			[]string{`1 define "x" was never called`},
		},
		"define that writes nothing is no arm": {`{{ define "x" }}{{ end }}{{ define "y" }} {{/* c */}}{{ end }}a: 1`, []values{{}}, nil},
		"block": {
			`a: {{ block "x" .Values }}{{ if .x }}1{{ end }}{{ end }}`, []values{{}},
			[]string{"1 if .x was never true"},
		},
		"template": {`{{ define "x" }}{{ . }}{{ end }}a: {{ template "x" .Values.x | default 2 }}`, []values{{}}, []string{"1 .Values.x | default 2 never had a value"}},
		"include in a pipe": {
			`{{ define "x" }}{{ if .x }}1{{ else }}2{{ end }}{{ end }}a: {{ include "x" .Values | quote | sha256sum | trunc 8 | quote }}`, []values{{"x": 1}},
			[]string{"1 if .x was never false"},
		},
		"tpl is rendered as it is": {
			`a: {{ tpl .Values.t . }}{{ if .Values.x }}{{ end }}`, []values{{"t": "{{ if .Values.x }}1{{ else }}2{{ end }}"}},
			[]string{"1 if .Values.x was never true"},
		},
		"lookup finds nothing": {
			`a: {{ if lookup "v1" "Secret" "x" "y" }}1{{ else }}{{ len (lookup "v1" "Secret" "" "") }}{{ end }}`, []values{{}},
			[]string{`1 if lookup "v1" "Secret" "x" "y" was never true`},
		},
		"what passes before fail counts": {
			"{{ if .Values.x }}{{ range .Values.y }}{{ fail `no` }}{{ end }}{{ end }}a: 1", []values{{"x": 1, "y": []any{1, 2}}},
			[]string{"1 if .Values.x was never false", "1 range .Values.y was never empty", "1 range .Values.y never had many passes"},
		},
		"braces, quotes and comments": {
			"a: { {{- /* {{ if }} \" */ -}} {{ if eq .Values.x \"}}\" }}{{ `{{ x }}` | quote }}: 1{{ end -}} }\nb: '{{ \"{{\" }}'", []values{{"x": "}}"}},
			[]string{"1 if eq .Values.x \"}}\" was never false"},
		},
		"trims": {
			"a:\n{{- if .Values.x -}}\n  {{- /* c */ -}}\n  1 {{- end -}}\n\n{{ range .Values.y -}}\n {{ end -}}\n", []values{{"y": []any{1}}},
			[]string{"2 if .Values.x was never true", "6 range .Values.y was never empty", "6 range .Values.y never had many passes"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			chart := chartOf(t, map[string]string{"templates/NOTES.txt": c.template})
			require.Equal(t, c.missed, missed(cover(t, chart, c.given...)))
		})
	}
}

func TestOperands(t *testing.T) {
	for name, c := range map[string]struct {
		template string
		given    []values
		missed   []string
	}{
		"and in an if": {
			"{{ if and .Values.a .Values.b }}1{{ else }}2{{ end }}", []values{{"a": 1, "b": 1}, {"a": 1}},
			[]string{"1 .Values.a in and .Values.a .Values.b was never false"},
		},
		"and that is written": {
			"{{ and .Values.a .Values.b }}", []values{{"a": 1}, {"b": 1}},
			[]string{"1 and .Values.a .Values.b was never true"},
		},
		"or": {
			"{{ or .Values.a (eq .Values.b 2) }}", []values{{"a": 1}, {}},
			[]string{"1 (eq .Values.b 2) in or .Values.a (eq .Values.b 2) was never true"},
		},
		"or that ends in a text": {
			`{{ or .Values.a "x" }}`, []values{{"a": 1}},
			[]string{`1 "x" in or .Values.a "x" was never true`},
		},
		"and in or": {
			"{{ if or (and .Values.a .Values.b) .Values.c }}1{{ end }}", []values{{"a": 1}, {"c": 1}},
			[]string{"1 (and .Values.a .Values.b) in or (and .Values.a .Values.b) .Values.c was never true"},
		},
		"an include is evaluated once": {
			`{{ define "n" }}{{ $_ := set .Values "n" (add1 (.Values.n | default 0)) }}{{ .Values.n }}{{ end }}{{ or .Values.x (include "n" .) }}{{ .Values.n }}`, []values{{}},
			[]string{"1 .Values.n | default 0 never had a value", "1 .Values.x in or .Values.x (include \"n\" .) was never true", "1 or .Values.x (include \"n\" .) was never false"},
		},
		"not":                             {"{{ not .Values.a }}", []values{{}}, []string{"1 not .Values.a was never false"}},
		"not of an if is the if's":        {"{{ if not .Values.a }}1{{ end }}", []values{{}}, []string{"1 if not .Values.a was never false"}},
		"default in a pipe":               {"{{ .Values.a | default 5 }}", []values{{"a": 0}}, []string{"1 .Values.a | default 5 never had a value"}},
		"default as a call":               {`{{ default "x" .Values.a | quote }}`, []values{{"a": 1}}, []string{`1 default "x" .Values.a never took its default`}},
		"defaults in a row":               {`{{ .Values.a | default .Values.b | default "z" }}`, []values{{"b": 1}}, []string{`1 .Values.a | default .Values.b never had a value`, `1 .Values.a | default .Values.b | default "z" never took its default`}},
		"ternary":                         {`{{ .Values.a | ternary 1 2 }}{{ ternary "x" "y" (eq 1 2) }}`, []values{{"a": true}}, []string{`1 .Values.a | ternary 1 2 never took its second`, `1 ternary "x" "y" (eq 1 2) never took its first`}},
		"coalesce":                        {`{{ coalesce .Values.a .Values.b "c" }}`, []values{{"b": 1}}, []string{`1 .Values.a in coalesce .Values.a .Values.b "c" was never taken`, `1 "c" in coalesce .Values.a .Values.b "c" was never taken`}},
		"coalesce of nothing":             {`{{ coalesce .Values.a .Values.b }}`, []values{{}}, []string{`1 .Values.a in coalesce .Values.a .Values.b was never taken`, `1 .Values.b in coalesce .Values.a .Values.b was never taken`}},
		"required":                        {`{{ required "no a" .Values.a }}`, []values{{"a": 1}}, []string{`1 required "no a" .Values.a was never missing`}},
		"required that is missing":        {`{{ .Values.a | required "no a" }}`, []values{{"a": ""}}, []string{`1 .Values.a | required "no a" never had a value`}},
		"in a variable":                   {`{{ $x := .Values.a | default "b" }}{{ $x }}`, []values{{}}, []string{`1 .Values.a | default "b" never had a value`}},
		"in a range":                      {`{{ range $i, $x := .Values.a | default (list 1 2) }}{{ $i }}{{ $x }}{{ end }}`, []values{{}}, []string{"1 range $i, $x := .Values.a | default (list 1 2) was never empty", "1 range $i, $x := .Values.a | default (list 1 2) never had one pass", "1 .Values.a | default (list 1 2) never had a value"}},
		"numbers stay what they are":      {`{{ add (.Values.a | default 1) 1 }} {{ eq (.Values.a | default 1) 3 }} {{ toYaml (or .Values.m 1) }}`, []values{{"a": 3, "m": values{"k": 1}}, {}}, nil},
		"a method":                        {`{{ and (.Capabilities.APIVersions.Has "v1") .Values.a }}`, []values{{"a": 1}}, []string{`1 (.Capabilities.APIVersions.Has "v1") in and (.Capabilities.APIVersions.Has "v1") .Values.a was never false`, `1 .Values.a in and (.Capabilities.APIVersions.Has "v1") .Values.a was never false`}},
		"fields of what is in brackets":   {`{{ (.Values.m | default dict).k | default 7 }}`, []values{{}}, []string{"1 (.Values.m | default dict).k | default 7 never had a value", "1 .Values.m | default dict never had a value"}},
		"nil is left alone":               {`{{ or .Values.a nil }}`, []values{{}}, []string{"1 .Values.a in or .Values.a nil was never true"}},
		"several lines":                   {"{{ or\n  .Values.a\n  .Values.b }}", []values{{"a": 1}}, []string{"1 or .Values.a .Values.b was never false", "3 .Values.b in or .Values.a .Values.b was never true"}},
		"what is alike but no function":   {`{{ "and" }}{{ .Values.default }}{{ $or := 1 }}{{ $or }}`, []values{{}}, nil},
		"a text that looks like a call":   {`{{ printf "%s" "(and .a .b | default 1)" }}`, []values{{}}, nil},
		"a pipe in brackets, then a pipe": {`{{ (.Values.a | default "x") | quote }}`, []values{{}}, []string{`1 .Values.a | default "x" never had a value`}},
	} {
		t.Run(name, func(t *testing.T) {
			chart := chartOf(t, map[string]string{"templates/NOTES.txt": c.template})
			got := missed(cover(t, chart, c.given...))
			if len(c.missed) == 0 {
				require.Empty(t, got)
				return
			}
			require.ElementsMatch(t, c.missed, got, strings.Join(got, "\n"))
		})
	}
}
