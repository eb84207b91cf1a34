package render_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"
	sigsyaml "sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/tool"
)

// docs/upgrading.md has a section for the chart's version, the newest first, and each renamed key stands in that of the
// version since which it is.
func TestUpgradeNotes(t *testing.T) {
	page, err := os.ReadFile("../../../docs/upgrading.md")
	require.NoError(t, err)
	notes := map[string]string{}
	var versions []string
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		version, text, _ := strings.Cut(section, "\n")
		if semver.IsValid("v" + version) {
			versions = append(versions, "v"+version)
			notes[version] = text
		}
	}
	metadata, err := os.ReadFile(chartDir + "/Chart.yaml")
	require.NoError(t, err)
	var current struct{ Version string }
	require.NoError(t, sigsyaml.Unmarshal(metadata, &current))
	require.NotEmpty(t, versions)
	require.Equal(t, "v"+current.Version, versions[0], "docs/upgrading.md: the newest section is not that of the chart's version")
	sorted := slices.Clone(versions)
	semver.Sort(sorted)
	slices.Reverse(sorted)
	require.Equal(t, sorted, versions)

	text, err := os.ReadFile(chartDir + "/templates/_renamed.tpl")
	require.NoError(t, err)
	entries := regexp.MustCompile(`(?m)^- \{.*\}$`).FindAll(text, -1)
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		var renamed []struct {
			Was, Is, Since string
			Until          int
		}
		require.NoError(t, sigsyaml.UnmarshalStrict(entry, &renamed))
		require.Contains(t, notes[renamed[0].Since], "`"+renamed[0].Was+"`")
		require.Contains(t, notes[renamed[0].Since], "`"+renamed[0].Is+"`")
	}
}

// The flags in docs/upgrading.md are those that each helm has.
func TestUpgradeFlags(t *testing.T) {
	page, err := os.ReadFile("../../../docs/upgrading.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| | Helm 3 | Helm 4 |\n|---|---|---|\n")
	require.True(t, found)
	flag := regexp.MustCompile("`(--[a-z-]+)`")
	checked := 0
	for row := range strings.Lines(table) {
		columns := strings.Split(row, "|")
		require.Len(t, columns, 5, row)
		for i, helm := range []tool.Tool{tool.Helm3, tool.Helm4} {
			for _, match := range flag.FindAllStringSubmatch(columns[i+2], -1) {
				// `--help` after a flag that a command does not have is an error.
				_, err := runHelm(t, helm, ".", "upgrade", match[1], "--help")
				require.NoError(t, err, "%s: %s", helm.Name, match[1])
				checked++
			}
		}
	}
	require.Equal(t, 7, checked)
	_, err = runHelm(t, tool.Helm3, ".", "upgrade", "--rollback-on-failure", "--help")
	require.ErrorContains(t, err, "unknown flag")
}
