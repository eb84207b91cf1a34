package deploy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the generated parts of docs/")

// requireGenerated compares the generated part of a page with what the calling test makes of its cases, or writes it there.
func requireGenerated(t *testing.T, page, generated string) {
	t.Helper()
	command := fmt.Sprintf("go test ./test/suite/deploy -run %s -update", t.Name())
	begin, end := "<!-- Generated: "+command+" -->\n", "<!-- End of the generated part. -->\n"

	content, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(content), begin)
	require.True(t, ok, "%s lacks the line %s", page, begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "%s lacks the line %s", page, end)

	want := before + begin + generated + end + after
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(content), "%s rewrites it", command)
}
