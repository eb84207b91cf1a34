package render_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// Both Helms take the values of docs/first-service.md. Suite fleet tries what the page says of mistakes.
func TestFirstServiceValues(t *testing.T) {
	for _, helm := range helms {
		t.Run(helm.Name, func(t *testing.T) {
			_, err := firstService(t, helm, writePage(t))
			require.NoError(t, err)
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

// firstService renders the page's service with every layer of values, as the pipeline does.
func firstService(t *testing.T, helm tool.Tool, dir string) (string, error) {
	t.Helper()
	absolute := func(path string) string {
		path, err := filepath.Abs(path)
		require.NoError(t, err)
		return path
	}
	return runHelm(t, helm, dir, "template", "orders", absolute(chartDir), "--namespace", "the-project",
		"--values", absolute(platformDir+"/values.yaml"), "--values", absolute(platformDir+"/values-dev.yaml"),
		"--values", "deploy/values.yaml", "--values", "deploy/values-dev.yaml", "--set", "image.tag=dev-1")
}
