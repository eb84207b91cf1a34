package cover_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/report/cover"
)

var update = flag.Bool("update", false, "write what is reported to testdata instead of comparing it")

const template = `{{- if .Values.hpa }}
a: 1
{{- end }}
{{- range .Values.list }}
b{{ . }}: {{ $.Values.x | default "</script>" }}
{{- end }}
{{- /* cover: if .Values.never was never true, because no version has it */}}
{{- if .Values.never }}
c: 1
{{- end }}
d: {{ if .Values.both }}1{{ else }}2{{ end }}
`

// reported is what two services and a test reach of a chart.
func reported(t *testing.T) cover.Report {
	t.Helper()
	loaded, err := render.LoadFiles(map[string]string{
		"Chart.yaml":                    "apiVersion: v2\nname: thing\nversion: 1.0.0\ndependencies: [{name: extra, version: 1.0.0, condition: extra.enabled}]\n",
		"values.yaml":                   "extra: {enabled: false}\n",
		"templates/NOTES.txt":           template,
		"charts/extra/Chart.yaml":       "apiVersion: v2\nname: extra\nversion: 1.0.0\n",
		"charts/extra/templates/x.yaml": "{{ if .Values.x }}{{ end }}",
		"charts/extra/templates/_h.tpl": `{{ define "name" }}1{{ end }}`,
		"templates/_helpers.tpl":        `{{ define "name" }}2{{ end }}`,
	})
	require.NoError(t, err)
	chart, err := coverage.New(loaded)
	require.NoError(t, err)
	profile := chart.NewProfile()
	for source, given := range map[string]map[string]any{
		coverage.ServiceSource("orders", "prod"): {"list": []any{1}, "both": true},
		coverage.ServiceSource("cart", "dev"):    {"both": true},
		coverage.TestSource("TestBoth"):          {},
	} {
		_, err := chart.Render(t.Context(), profile, source, render.Release{Name: "thing"}, given, render.Capabilities{KubeVersion: "1.30"})
		require.NoError(t, err)
	}
	return cover.Report{Result: chart.Result(profile), Folder: "charts/thing"}
}

func TestFormats(t *testing.T) {
	report := reported(t)
	for _, name := range cover.Names() {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			require.NoError(t, cover.Formats()[name](&text, report))
			golden := "testdata/report." + name
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, text.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), text.String())
		})
	}
}

func TestText(t *testing.T) {
	var text strings.Builder
	require.NoError(t, cover.Text(&text, reported(t)))
	for _, line := range []string{
		"charts/thing/templates/NOTES.txt:1  if .Values.hpa  was never true\n",
		"charts/thing/templates/NOTES.txt:4  range .Values.list  never had many passes\n",
		"charts/thing/templates/NOTES.txt:5  $.Values.x | default \"</script>\"  never had a value\n",
		"charts/thing/charts/extra/templates/_h.tpl:1  define \"name\"  is shadowed by charts/thing/templates/_helpers.tpl:1\n",
		"charts/thing/templates/NOTES.txt:11  if .Values.both  is reached by tests alone: test TestBoth\n",
		"chart thing: 7 of 11 arms reached (63.6 %) by 3 renders, 1 excluded, 1 by tests alone\n",
		"  charts/extra: not loaded: its condition was false in each render\n",
		"2 of 2 services and environments reach together all that these reach: service orders in prod, service cart in dev\n",
	} {
		require.Contains(t, text.String(), line)
	}
}

// What other programs read: a line that GitLab shows as missed is one with an arm that is, or in one.
func TestMachinesReadIt(t *testing.T) {
	report := reported(t)
	var cobertura, lcov, asJSON, html bytes.Buffer
	require.NoError(t, cover.Cobertura(&cobertura, report))
	var parsed struct {
		Classes []struct {
			Filename string `xml:"filename,attr"`
			Lines    []struct {
				Number int    `xml:"number,attr"`
				Hits   int    `xml:"hits,attr"`
				Shares string `xml:"condition-coverage,attr"`
			} `xml:"lines>line"`
		} `xml:"packages>package>classes>class"`
	}
	require.NoError(t, xml.Unmarshal(cobertura.Bytes(), &parsed))
	hits, shares := map[int]int{}, map[int]string{}
	require.Equal(t, "charts/thing/templates/NOTES.txt", parsed.Classes[0].Filename)
	for _, line := range parsed.Classes[0].Lines {
		hits[line.Number], shares[line.Number] = line.Hits, line.Shares
	}
	require.Equal(t, map[int]int{1: 0, 2: 0, 4: 0, 5: 0, 8: 3, 11: 1}, hits)
	require.Equal(t, "50% (1/2)", shares[1])
	require.Equal(t, "100% (1/1)", shares[8], "the excluded arm does not count")

	require.NoError(t, cover.LCOV(&lcov, report))
	require.Contains(t, lcov.String(), "SF:charts/thing/templates/NOTES.txt\nBRDA:1,0,0,0\nBRDA:1,0,1,3\n")
	require.Equal(t, strings.Count(lcov.String(), "SF:"), strings.Count(lcov.String(), "end_of_record"))

	require.NoError(t, cover.JSON(&asJSON, report))
	var whole map[string]any
	require.NoError(t, json.Unmarshal(asJSON.Bytes(), &whole))
	require.EqualValues(t, 63.6, whole["percent"])

	require.NoError(t, cover.HTML(&html, report))
	require.Len(t, regexp.MustCompile(`</script>`).FindAllString(html.String(), -1), 1, "the chart's text is escaped")
	require.NotContains(t, html.String(), "ZgotmplZ")
	require.NotRegexp(t, `(?:src|href)="?(?:https?:)?//`, html.String(), "nothing is fetched")
}
