package render_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// What docs/first-service.md says that a mistake in the values is answered with, both Helms answer it with.
func TestFirstServiceMistakes(t *testing.T) {
	page, err := os.ReadFile("../../../docs/first-service.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| Written | Said |\n|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	row := regexp.MustCompile("(?m)^\\| `(.+?)`.* \\| `(.+)` \\|$")
	rows := row.FindAllStringSubmatch(table, -1)
	require.Len(t, rows, strings.Count(table, "\n"), "each but the last, of a file that is not there")

	for _, helm := range helms {
		t.Run(helm.Name, func(t *testing.T) {
			dir := writePage(t)
			_, err := firstService(t, helm, dir, "deploy/values-dev.yaml")
			require.NoError(t, err)
			_, err = firstService(t, helm, dir, "deploy/values-stg.yaml")
			require.ErrorContains(t, err, "open deploy/values-stg.yaml: no such file or directory")
			for _, row := range rows {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "mistake.yaml"), []byte(row[1]), 0o600))
				_, err := firstService(t, helm, dir, "mistake.yaml")
				require.ErrorContains(t, err, row[2])
			}
		})
	}
}

// The pipeline of docs/first-service.md is the example's, but for the name.
func TestFirstServicePipeline(t *testing.T) {
	example, err := os.ReadFile(filepath.Join(exampleDir, ".gitlab-ci.yml"))
	require.NoError(t, err)
	own, err := os.ReadFile(filepath.Join(writePage(t), ".gitlab-ci.yml"))
	require.NoError(t, err)
	require.Equal(t, strings.Replace(string(example), "name: example-microservice", "name: orders", 1), string(own))
}

// writePage writes the YAML files of docs/first-service.md to a folder, which it returns.
func writePage(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, block := range blocks(t, "first-service.md", "yaml") {
		name, content, _ := strings.Cut(strings.TrimPrefix(block, "# "), "\n")
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

// firstService renders the page's service with every layer of values, as the pipeline's check does.
func firstService(t *testing.T, helm tool.Tool, dir, values string) (string, error) {
	t.Helper()
	absolute := func(path string) string {
		path, err := filepath.Abs(path)
		require.NoError(t, err)
		return path
	}
	return runHelm(t, helm, dir, "template", "orders", absolute(chartDir), "--namespace", "the-project",
		"--values", absolute(platformDir+"/values.yaml"), "--values", absolute(platformDir+"/values-dev.yaml"),
		"--values", "deploy/values.yaml", "--values", values, "--set", "image.tag=dev-1")
}
