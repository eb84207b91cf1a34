package render_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/tool"
)

const (
	microservice = "../../charts/microservice"
	platform     = "../../ci/platform/"
	deploy       = "../example-microservice/deploy/"
)

var example = render.Release{Name: "example-microservice", Namespace: "the-project"}

// exampleLayers are the values of the example service in one environment.
func exampleLayers(environment string) render.Layers {
	return render.Layers{
		Files: []string{
			platform + "values.yaml", platform + "values-" + environment + ".yaml",
			deploy + "values.yaml", deploy + "values-" + environment + ".yaml",
		},
		Set: []string{"image.tag=" + environment + "-1"},
	}
}

// helmTemplate runs the helm binary on the chart in a folder and returns what it prints, or what it complains about.
func helmTemplate(t *testing.T, helm tool.Tool, chart string, release render.Release, layers render.Layers) (stdout, stderr string) {
	t.Helper()
	path, err := helm.Path(t.Context(), os.Stderr)
	require.NoError(t, err)
	args := []string{"template", release.Name, chart, "--namespace", release.Namespace}
	for _, file := range layers.Files {
		args = append(args, "--values", file)
	}
	for _, pair := range layers.Set {
		args = append(args, "--set", pair)
	}
	for _, pair := range layers.SetString {
		args = append(args, "--set-string", pair)
	}
	if release.KubeVersion != "" {
		args = append(args, "--kube-version", release.KubeVersion)
	}
	var out, complaints bytes.Buffer
	command := exec.CommandContext(t.Context(), path, args...)
	command.Stdout, command.Stderr = &out, &complaints
	if err := command.Run(); err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
		return "", complaints.String()
	}
	return out.String(), ""
}

// load loads the chart in a folder.
func load(t testing.TB, path string) *render.Chart {
	t.Helper()
	chart, err := render.Load(path)
	require.NoError(t, err)
	return chart
}

// write writes files, by path, into a new folder and returns it.
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

// chartOf writes a chart with these templates into a new folder and returns it.
func chartOf(t *testing.T, templates map[string]string) string {
	t.Helper()
	files := map[string]string{"Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n"}
	for name, content := range templates {
		files["templates/"+name] = content
	}
	return write(t, files)
}

// withoutEmptyLines is for Helm 4, which prints empty lines that Helm 3 does not.
func withoutEmptyLines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
