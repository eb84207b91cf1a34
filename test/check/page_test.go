package check_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
)

var update = flag.Bool("update", false, "write the rules into docs/check.md")

var table = regexp.MustCompile(`(?s)(<!-- rules: [^\n]*-->\n).*(<!-- end of rules -->)`)

// The page lists every rule.
func TestPage(t *testing.T) {
	const page = "../../docs/check.md"
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	var rows strings.Builder
	rows.WriteString("| rule | what is wrong | what to do |\n|---|---|---|\n")
	for _, rule := range check.Rules() {
		kind := ""
		if rule.Severity == check.Warning {
			kind = ", a warning"
		}
		if rule.Optional {
			kind += ", with `--ablation`"
		}
		fmt.Fprintf(&rows, "| `%s`%s | %s | %s |\n", rule.ID, kind, rule.Sentence, rule.Remedy)
	}
	require.True(t, table.Match(content))
	want := table.ReplaceAllStringFunc(string(content), func(found string) string {
		parts := table.FindStringSubmatch(found)
		return parts[1] + rows.String() + parts[2]
	})
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(content), "run go test ./test/check -run TestPage -update")
}

func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range check.Rules() {
		require.Regexp(t, `^[a-z]+(-[a-z]+)+$`, rule.ID)
		require.False(t, seen[rule.ID], rule.ID)
		seen[rule.ID] = true
		require.NotEmpty(t, rule.Remedy, rule.ID)
		require.Regexp(t, `\.$`, rule.Sentence, rule.ID)
		require.FileExists(t, "../../"+rule.Link)
		found, ok := check.Find(rule.ID)
		require.True(t, ok)
		require.Equal(t, rule, found)
	}
}
