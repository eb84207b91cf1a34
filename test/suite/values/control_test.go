package values

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

// defects are each planted in a copy of the chart.
var defects = []struct {
	name      string
	file      string
	is, wrong string // in the file
	varied    string // the key to vary, with all below
	strays    int
	want      outcome
}{
	{name: "a bound is wrong", file: "values.schema.json", is: `"portNumber":{"minimum":1,"maximum":65535}`, wrong: `"portNumber":{"minimum":1,"maximum":70000}`, varied: "ports", want: refusedByServer},
	{name: "a text is not quoted", file: "templates/_labels.tpl", is: "client: {{ .Values.client | quote }}", wrong: "client: {{ .Values.client }}", varied: "client", want: refusedByServer},
	{name: "a rule is forgotten", file: "templates/mistakes/_mistakes.tpl", is: ` "volumes" `, wrong: " ", varied: "volumes", strays: 2, want: refusedByServer},
	{name: "a job looks like the service", file: "templates/_names.tpl", is: `(printf "%s.%s" (include "microservice.name" (index . 0)) (index . 1))`, wrong: `(include "microservice.name" (index . 0))`, varied: "jobs", want: unsound},
	{name: "a default is loose", file: "values.yaml", is: "  allowPrivilegeEscalation: false", wrong: "  allowPrivilegeEscalation: true", varied: "replicas", want: notRestricted},
}

// manyCases is how many it may take to find a planted defect.
const manyCases = 150

func TestPlantedDefectsAreFound(t *testing.T) {
	t.Parallel()
	for _, defect := range defects {
		t.Run(defect.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(chartDir)))
			file := filepath.Join(dir, defect.file)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Contains(t, string(text), defect.is)
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), defect.is, defect.wrong, 1)), 0o644))

			chart, err := render.Load(dir)
			require.NoError(t, err)
			g := newGenerator(t, dir, *start)
			g.foci = 2
			if defect.strays > 0 {
				g.strays = defect.strays
			}
			g.wanted = nil
			for _, k := range g.root.all() {
				if k.path == defect.varied || strings.HasPrefix(k.path, defect.varied+".") {
					g.wanted = append(g.wanted, k)
				}
			}
			for n := range manyCases {
				d := g.next()
				got, why := try(t.Context(), chart, d)
				if got != defect.want {
					continue
				}
				small, why := shrink(t.Context(), chart, d, got, why)
				written, err := yaml.Marshal(small)
				require.NoError(t, err)
				t.Logf("case %d, %s: %v\n%s", n+1, got, why, written)
				require.LessOrEqual(t, strings.Count(string(written), "\n"), 15, "is not small")
				return
			}
			t.Fatalf("not found in %d cases", manyCases)
		})
	}
}
