package fleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What docs/first-service.md says that a mistake in the values is answered with, it is, at the line of the mistake.
func TestFirstServiceMistakes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs/first-service.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| Written | Said |\n|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	code := regexp.MustCompile("`([^`]+)`")

	output, exitCode := checkPage(t, string(page), "")
	require.Zero(t, exitCode, output)
	for row := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(row, "| \n"), " | ")
		require.Len(t, cells, 2, row)
		var output string
		if mistake, isFile := strings.CutPrefix(cells[0], "no `deploy/values-stg.yaml`"); isFile {
			require.Equal(t, ", and a push to `stg`", mistake)
			output, exitCode = checkPage(t, string(page), "", "--environment", "stg")
		} else {
			output, exitCode = checkPage(t, string(page), strings.Trim(cells[0], "`"), "--environment", "dev")
			require.Contains(t, output, "error deploy/values-dev.yaml:2 [")
		}
		require.Equal(t, 1, exitCode, output)
		said := code.FindAllStringSubmatch(cells[1], -1)
		require.NotEmpty(t, said, row)
		for _, words := range said {
			require.Contains(t, output, words[1])
		}
	}
}

// checkPage checks the page's service, as its pipeline does, in a folder of its own. A mistake takes the place of the
// values of dev.
func checkPage(t *testing.T, page, mistake string, more ...string) (output string, exitCode int) {
	t.Helper()
	folder := t.TempDir()
	for _, block := range regexp.MustCompile("(?s)```yaml\n# (deploy/\\S+)\n(.*?)```").FindAllStringSubmatch(page, -1) {
		content := block[2]
		if mistake != "" && block[1] == "deploy/values-dev.yaml" {
			content = "# what the mistake is in\n" + mistake + "\n"
		}
		path := filepath.Join(folder, block[1])
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	platform := filepath.Join(root, "ci/platform")
	cmd := exec.CommandContext(t.Context(), slipway, append([]string{"check", "--name", "orders", "--namespace", "the-project",
		"--chart", filepath.Join(root, "charts/microservice"),
		"--platform", platform + "/values.yaml", "--platform", platform + "/values-{environment}.yaml",
		"--values", "deploy/values.yaml", "--values", "deploy/values-{environment}.yaml"}, more...)...)
	cmd.Dir = folder
	content, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return string(content), cmd.ProcessState.ExitCode()
}
