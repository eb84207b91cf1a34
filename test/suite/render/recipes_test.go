package render_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each block of docs/recipes.md is what it says it is: values that the chart takes, on top of those that it requires.
func TestRecipes(t *testing.T) {
	page, err := os.ReadFile("../../../docs/recipes.md")
	require.NoError(t, err)
	headings := regexp.MustCompile(`(?m)^## … `).FindAllIndex(page, -1)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	require.NotEmpty(t, blocks)
	require.GreaterOrEqual(t, len(blocks), len(headings), "a recipe without values")
	for i, block := range blocks {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			require.NotEqual(t, rendered(t, yaml()).Text, rendered(t, yaml(string(block[1]))).Text, "the values change nothing")
		})
	}
}
