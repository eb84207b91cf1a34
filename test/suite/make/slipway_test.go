package make_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The command that SLIPWAY names is the one that runs, and none is built.
func TestSlipwayThatIsBuilt(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "go")
	m.has(t, "go", "echo go is called; exit 1")
	m.has(t, "command", `echo "called: $*"`)
	command := filepath.Join(m.path, "command")
	output, exitCode := m.run(t, []string{slipwayVariable + "=" + command}, "make", "down")
	require.Zero(t, exitCode, output)
	require.Equal(t, "called: cluster --provider embedded down\n", output)

	require.NoError(t, os.Remove(command))
	output, exitCode = m.run(t, []string{slipwayVariable + "=" + command}, "make", "down")
	require.Equal(t, 2, exitCode)
	require.Contains(t, output, "SLIPWAY="+command+": there is no such command\n")

	output, exitCode = m.run(t, nil, "make", "down")
	require.Equal(t, 2, exitCode)
	require.Contains(t, output, "go is called\n")
}
