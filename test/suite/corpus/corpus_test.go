package corpus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const chartDir = "../../../charts/microservice"

func services(t *testing.T) []Service {
	t.Helper()
	found, err := Services("testdata")
	require.NoError(t, err)
	return found
}

// findings are what `slipway check` says of one service, with ablation also of values that change nothing.
func findings(t *testing.T, s Service, ablation bool) []check.Finding {
	t.Helper()
	versions := kubernetes.Versions()
	newest := string(versions[len(versions)-1])
	checker, err := check.NewChecker(check.Settings{Versions: []string{newest}, PodSecurity: "baseline", Ablation: ablation})
	require.NoError(t, err)
	result, err := checker.Service(t.Context(), []check.Release{{
		Service: s.Name, Environment: "dev", Name: s.Name, Namespace: s.Project, Chart: chartDir,
		Layers: []check.Layer{{Path: s.Shared}, {Path: s.Own, Own: true}},
	}})
	require.NoError(t, err)
	require.NotZero(t, result.Renders)
	return result.Findings
}

// The chart takes each of them, Kubernetes takes what comes of it, and no line of it is for nothing.
func TestServicesAreSound(t *testing.T) {
	ablation, err := helmcli.Part(false, true)
	require.NoError(t, err)
	for _, s := range services(t) {
		t.Run(s.Project+"/"+s.Name, func(t *testing.T) {
			t.Parallel()
			// What is deprecated in a project's manifests is in its values.
			require.Empty(t, slices.DeleteFunc(findings(t, s, ablation), func(f check.Finding) bool { return f.Rule == "kubernetes-warning" }))
		})
	}
}

// So that the check can fail: what is wrong is found in the last layer and in the first one.
func TestMistakesAreFound(t *testing.T) {
	for name, c := range map[string]struct{ shared, own, rule, values string }{
		"a key that there is not":   {own: "replicaCount: 2\n", rule: "values-unknown-key", values: "replicaCount"},
		"a port that there is not":  {own: "readinessProbe: {httpGet: {path: /ready, port: web}}\n", rule: "values-mistake", values: "readinessProbe.httpGet.port"},
		"a value that changes none": {own: "client: internal\n", rule: "values-redundant", values: "client"},
		"a mistake of the project":  {shared: "replicas: two\n", rule: "values-schema", values: "replicas"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "project")
			require.NoError(t, os.Mkdir(folder, 0o700))
			shared := "{environment: dev, image: {repository: registry.example.com/a, tag: dev-1}}"
			if c.shared != "" {
				shared = "environment: dev\nimage: {repository: registry.example.com/a, tag: dev-1}\n" + c.shared
			}
			require.NoError(t, os.WriteFile(filepath.Join(folder, platform), []byte(shared), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "orders.yaml"), []byte(c.own), 0o600))
			written, err := Services(filepath.Dir(folder))
			require.NoError(t, err)
			var found []string
			for _, f := range findings(t, written[0], true) {
				found = append(found, f.Rule+" "+f.Values)
			}
			require.Contains(t, found, c.rule+" "+c.values)
		})
	}
}

// A folder in which something is missing is said, and not passed over.
func TestIncompleteFolders(t *testing.T) {
	folder := t.TempDir()
	_, err := Services(folder)
	require.ErrorContains(t, err, "holds no <project>/<service>.yaml")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "shop"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "shop", "orders.yaml"), nil, 0o600))
	_, err = Services(folder)
	require.ErrorContains(t, err, filepath.Join("shop", "orders.yaml")+": has no platform.yaml beside it")
}

// size is how much a values file says.
type size struct {
	lines    int // that are neither empty nor comments
	switches int // values that are null or false, which only take away what the chart has by default
}

func measure(t *testing.T, file string) size {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	measured := size{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			measured.lines++
		}
	}
	var values any
	require.NoError(t, yaml.UnmarshalStrict(text, &values))
	measured.switches = switches(values)
	return measured
}

func switches(value any) (count int) {
	switch value := value.(type) {
	case nil:
		return 1
	case bool:
		if !value {
			return 1
		}
	case map[string]any:
		for _, inner := range value {
			count += switches(inner)
		}
	case []any:
		for _, inner := range value {
			count += switches(inner)
		}
	}
	return count
}

// What services need is said in few lines, hardly any of which only takes a default away.
func TestServicesAreShort(t *testing.T) {
	var lines []int
	var shared, taken int
	projects := map[string]bool{}
	for _, s := range services(t) {
		own := measure(t, s.Own)
		lines = append(lines, own.lines)
		taken += own.switches
		if !projects[s.Project] {
			projects[s.Project] = true
			common := measure(t, s.Shared)
			shared += common.lines
			taken += common.switches
		}
	}
	slices.Sort(lines)
	median, most, sum := lines[len(lines)/2], lines[len(lines)-1], 0
	for _, n := range lines {
		sum += n
	}
	t.Logf("%d services of %d projects: %d lines, %d at the median, %d at most, and %d that projects share; %d values are null or false",
		len(lines), len(projects), sum, median, most, shared, taken)
	require.GreaterOrEqual(t, len(lines), 40)
	require.LessOrEqual(t, median, 15)
	require.Less(t, taken, 20)
}

func TestMeasure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte("# why\n\na: null\nb: {c: false, d: [true, null]}\ne: text\n"), 0o600))
	require.Equal(t, size{lines: 3, switches: 3}, measure(t, file))
}
