package render_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	yamlv3 "go.yaml.in/yaml/v3"

	"gitlab.example.com/platform/slipway/test/charttest"
)

const comparisonPage = "../../../docs/comparison.md"

// comparison is testdata/comparison.yaml.
type comparison struct {
	Peers []struct{ Column, Name, Version, Snapshot string }
	Rows  []struct {
		What  string
		Peers []string // a cell for each peer; without any, N for all
		Ours  struct {
			Cell    string
			Shows   []testName
			Because string
		}
	}
	Notes []string
}

// What docs/comparison.md says of this chart, tests show that are there; and the page is what its data make.
func TestComparison(t *testing.T) {
	file, err := os.Open("testdata/comparison.yaml")
	require.NoError(t, err)
	defer file.Close()
	var compared comparison
	// Version 3, to which N and Y are text.
	decoder := yamlv3.NewDecoder(file)
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&compared))
	require.NotEmpty(t, compared.Rows)
	shown := sources{}
	for _, row := range compared.Rows {
		if len(row.Peers) > 0 {
			require.Len(t, row.Peers, len(compared.Peers), row.What)
		}
		require.Equal(t, row.Ours.Cell == "N", row.Ours.Because != "", "%s: an N has a reason, and nothing else", row.What)
		require.Equal(t, row.Ours.Cell == "N", len(row.Ours.Shows) == 0, "%s: what is there is shown by a test", row.What)
		for _, name := range row.Ours.Shows {
			_, err := shown.find(name)
			require.NoError(t, err, row.What)
		}
	}
	page := compared.page(t, shown)
	if charttest.Updating() {
		require.NoError(t, os.WriteFile(comparisonPage, []byte(page), 0o644))
	}
	written, err := os.ReadFile(comparisonPage)
	require.NoError(t, err)
	require.Equal(t, page, string(written), "docs/comparison.md is stale: run `go test ./test/suite/render -run TestComparison -update`")
}

// page is docs/comparison.md.
func (c comparison) page(t *testing.T, shown sources) string {
	t.Helper()
	var page strings.Builder
	page.WriteString(`# How does the chart compare?

With the charts that teams use for many services today. What they have was read in their sources, each in the version
below; what this chart has, the tests named beside it show, and a name without its test fails. Y is yes, N is no, P is
in part.

| column | chart | version | read as of |
|---|---|---|---|
`)
	header, line := "| | this chart |", "|---|---|"
	for _, peer := range c.Peers {
		fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", peer.Column, peer.Name, peer.Version, peer.Snapshot)
		header += " " + peer.Column + " |"
		line += "---|"
	}
	fmt.Fprintf(&page, "\n%s\n%s\n", header, line)
	for _, row := range c.Rows {
		ours := row.Ours.Cell
		if row.Ours.Because != "" {
			ours += ", " + row.Ours.Because
		}
		for _, name := range row.Ours.Shows {
			file, err := shown.find(name)
			require.NoError(t, err)
			ours += fmt.Sprintf("<br>[%s](../test/%s)", name.short(), file)
		}
		peers := row.Peers
		if len(peers) == 0 {
			peers = strings.Split(strings.Repeat("N", len(c.Peers)), "")
		}
		fmt.Fprintf(&page, "| %s | %s | %s |\n", row.What, ours, strings.Join(peers, " | "))
	}
	fmt.Fprintf(&page, "\n%s.\n", strings.Join(c.Notes, "; "))
	return page.String()
}
