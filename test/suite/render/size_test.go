package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The chart reads like a small one: its templates have no more lines than one reads in a sitting, not counting those that
// are empty or comments.
func TestTemplatesAreSmall(t *testing.T) {
	texts, err := templates()
	require.NoError(t, err)
	lines := 0
	for _, text := range texts {
		lines += codeLines(text)
	}
	t.Logf("%d lines", lines)
	require.Less(t, lines, 1500)
	require.Greater(t, lines, 500, "the count is wrong")
}

func TestCodeLines(t *testing.T) {
	require.Equal(t, 3, codeLines("{{/* One. */}}\n\n{{- /*\nTwo,\nthree.\n*/ -}}\na: b\n  {{- if .x }}\n\t\n{{- end }}{{/* Here. */}}\n"))
}

// codeLines counts the lines of a template that are neither empty nor comments.
func codeLines(text string) int {
	lines, inComment := 0, false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		starts := strings.HasPrefix(line, "{{/*") || strings.HasPrefix(line, "{{- /*")
		if line != "" && !starts && !inComment {
			lines++
		}
		inComment = (inComment || starts) && !strings.Contains(line, "*/")
	}
	return lines
}
