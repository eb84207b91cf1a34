package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever changes one of the places that belong together, and forgets another, is told which.
func TestIncompleteChanges(t *testing.T) {
	// change is a text of a file of the chart, and what it becomes; the whole file where there is no text.
	type change struct{ file, from, to string }
	const (
		entry    = "- {was: serviceAccount.automountToken, is: serviceAccount.automount, since: 0.2.0, until: 1}"
		oldName  = "automountToken: {type: [boolean, \"null\"], deprecated: true, description: The name that `automount` had.}"
		account  = `include "microservice.value" (list $root "serviceAccount.automount") | default "false"`
		noRights = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\n"
	)
	for name, c := range map[string]struct {
		changes []change
		says    string
	}{
		"a value that no template reads": {
			[]change{{"schema.yaml", "  singleton: {type: boolean}", "  singleton: {type: boolean}\n  fastStart: {type: boolean}"}},
			"fastStart: is in schema.yaml, but no template reads it; write it into templates/, or remove it",
		},
		"one within a section": {
			[]change{{"schema.yaml", "      enabled: {type: boolean}\n      className:", "      enabled: {type: boolean}\n      fastStart: {type: boolean}\n      className:"}},
			"ingress.fastStart: is in schema.yaml, but no template reads it",
		},
		"a value that only a template has": {
			[]change{{"templates/service.yaml", "type: {{ .Values.service.type }}", "type: {{ .Values.service.kind }}"}},
			"templates/service.yaml: reads service.kind, which is not in schema.yaml; write it there and in values.yaml, or correct the name",
		},
		"a kind that no deployer may make": {
			[]change{{"templates/verticalpodautoscaler.yaml", "", noRights}},
			`templates/verticalpodautoscaler.yaml: makes a VerticalPodAutoscaler, which no deployer may; write verticalpodautoscalers of API group "autoscaling.k8s.io" into a feature of project/rights.yaml`,
		},
		"an old name that the schema refuses": {
			[]change{{"schema.yaml", oldName, "x: {type: boolean}"}},
			"templates/_renamed.tpl: serviceAccount.automountToken is not deprecated in schema.yaml; write it there",
		},
		"an old name of which nothing is said": {
			[]change{{"templates/_renamed.tpl", entry, "[]"}},
			"serviceAccount.automountToken: is deprecated in schema.yaml, but templates/_renamed.tpl does not say what became of it; write `- {was: serviceAccount.automountToken, is: …",
		},
		"a new name that there is not": {
			[]change{{"templates/_renamed.tpl", entry, strings.Replace(entry, "serviceAccount.automount,", "serviceAccount.mount,", 1)}},
			"serviceAccount.automountToken is said to be called serviceAccount.mount, which is not in schema.yaml",
		},
		"a new name with a default": {
			[]change{{"values.yaml", "  automount: null", "  automount: false"}},
			"templates/_renamed.tpl: serviceAccount.automount is by default false in values.yaml, and null here; write `default: false` into its entry",
		},
		"a new name that is read past the old one": {
			[]change{{"templates/_serviceaccount.tpl", account, `$root.Values.serviceAccount.automount`}},
			"templates/_serviceaccount.tpl: reads serviceAccount.automount past the other name; write `include \"<chart>.value\" (list . \"serviceAccount.automount\")`",
		},
		"no list of old names": {
			[]change{{"templates/_renamed.tpl", `define "microservice.renamed"`, `define "microservice.old"`}},
			"templates/_renamed.tpl: defines no list <chart>.renamed",
		},
		"rights that are none": {
			[]change{{"../project/rights.yaml", "core:", "core: {}\nno:"}},
			"project/rights.yaml: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			charts := t.TempDir()
			require.NoError(t, os.CopyFS(charts, os.DirFS("../../charts")))
			chart := filepath.Join(charts, "microservice")
			require.NoError(t, complete(chart))
			for _, change := range c.changes {
				path := filepath.Join(chart, change.file)
				if change.from == "" {
					require.NoError(t, os.WriteFile(path, []byte(change.to), 0o600))
					continue
				}
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Contains(t, string(text), change.from)
				require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), change.from, change.to)), 0o600))
			}
			require.ErrorContains(t, complete(chart), c.says)
		})
	}
}

// The page shows what is really said.
func TestPageSaysWhatIsSaid(t *testing.T) {
	page, err := os.ReadFile("../../docs/changing-the-chart.md")
	require.NoError(t, err)
	files := templates{"templates/a.yaml": "{{ .Values.replicas }}"}
	mistakes := files.unread(&schema{Properties: map[string]*schema{"fastStart": {}, "replicas": {}}}, "")
	require.Len(t, mistakes, 1)
	require.Contains(t, string(page), "\n```\nchart charts/microservice: "+mistakes[0].Error()+"\n```\n")
}

// A chart beside which there are no rights has none to be compared with.
func TestChartWithoutProject(t *testing.T) {
	chart := filepath.Join(t.TempDir(), "microservice")
	require.NoError(t, os.CopyFS(chart, os.DirFS("../../charts/microservice")))
	require.NoError(t, complete(chart))
}
