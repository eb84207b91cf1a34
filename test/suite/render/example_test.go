package render_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sigsyaml "sigs.k8s.io/yaml"
)

// Whoever starts the example service on a laptop has the configuration that dev has.
func TestExampleConfigIsTheDeployedOne(t *testing.T) {
	local, err := os.ReadFile(exampleDir + "/config/dev_config.yml")
	require.NoError(t, err)
	text, err := os.ReadFile(exampleDir + "/deploy/values-dev.yaml")
	require.NoError(t, err)
	var values struct {
		Config struct{ Files map[string]string }
	}
	require.NoError(t, sigsyaml.Unmarshal(text, &values))
	require.Equal(t, values.Config.Files["dev_config.yml"], string(local))
}

// docs/from-the-article.md says what the manifests were and are: each `field: value` under "Is" is a line of the golden
// file, and none under "Was" is.
func TestFromTheArticleIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../../docs/from-the-article.md")
	require.NoError(t, err)
	manifests, _, found := strings.Cut(string(page), "## How they get there")
	require.True(t, found)
	_, manifests, found = strings.Cut(manifests, "| Was | Is | Why |\n|---|---|---|\n")
	require.True(t, found)
	table, unchanged, found := strings.Cut(manifests, "\n\n")
	require.True(t, found)

	lines := map[string]bool{}
	for line := range strings.Lines(golden(t, "dev")) {
		lines[unquoted(strings.TrimPrefix(strings.TrimSpace(line), "- "))] = true
	}
	var was, is int
	for row := range strings.Lines(table) {
		columns := strings.Split(row, "|")
		require.Len(t, columns, 5, row)
		for _, field := range fields(columns[1]) {
			require.NotContains(t, lines, field)
			was++
		}
		for _, field := range fields(columns[2]) {
			require.Contains(t, lines, field)
			is++
		}
	}
	for _, field := range fields(unchanged) {
		require.Contains(t, lines, field)
	}
	require.NotZero(t, was)
	require.NotZero(t, is)
}

// fields returns what stands in backquotes and is a field with its value, or an entry of a list.
func fields(markdown string) []string {
	var found []string
	for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(markdown, -1) {
		if entry, ok := strings.CutPrefix(code[1], "- "); ok || strings.Contains(entry, ": ") {
			found = append(found, unquoted(entry))
		}
	}
	return found
}

// unquoted is a line of YAML without quotation marks, which say nothing here.
func unquoted(line string) string { return strings.ReplaceAll(line, `"`, "") }
