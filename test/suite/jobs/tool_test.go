//go:build e2e

package jobs

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// The program is installed once, and is the one that the lock names.
func TestGitlabCILocal(t *testing.T) {
	path, err := tool.GitlabCILocal.Path(t.Context(), os.Stderr)
	require.NoError(t, err)
	said, err := exec.Command(path, "--version").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Equal(t, "4.72.0\n", string(said))

	var again bytes.Buffer
	second, err := tool.GitlabCILocal.Path(t.Context(), &again)
	require.NoError(t, err)
	require.Equal(t, path, second)
	require.Empty(t, again.String())
}
