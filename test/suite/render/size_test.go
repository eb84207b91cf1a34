package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The chart reads like a small one: its templates have no more lines, of whatever sort, than one reads in a sitting.
func TestTemplatesAreSmall(t *testing.T) {
	texts, err := templates()
	require.NoError(t, err)
	lines := 0
	for _, text := range texts {
		lines += strings.Count(text, "\n")
	}
	t.Logf("%d lines", lines)
	require.Less(t, lines, 2000)
	require.Greater(t, lines, 500, "the count is wrong")
}
