//go:build linux

// Package controls_test has tests that each take what README does not name. .ci/bare-test sees them fail in the bare
// environment, which shows that it is bare. No pattern such as ./... finds this folder.
package controls_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What Go, git, make and a minimal userland do is there.
func TestWhatReadmeNames(t *testing.T) {
	for _, line := range [][]string{
		{"go", "version"}, {"git", "--version"}, {"make", "--version"}, {"bash", "--version"}, {"sh", "-c", "true"},
		{"tar", "--version"}, {"gzip", "--version"}, {"diff", "--version"}, {"awk", "BEGIN {}"}, {"find", "/", "-maxdepth", "0"},
	} {
		output, err := exec.Command(line[0], line[1:]...).CombinedOutput()
		require.NoError(t, err, "%q: %s", line, output)
	}
}

func TestRsync(t *testing.T) {
	require.NoError(t, exec.Command("rsync", "--version").Run())
}

func TestNode(t *testing.T) {
	require.NoError(t, exec.Command("node", "--version").Run())
}

// Only root names a machine, here as it is called already.
func TestRoot(t *testing.T) {
	name, err := os.Hostname()
	require.NoError(t, err)
	require.NoError(t, syscall.Sethostname([]byte(name)))
}

// What somebody has installed on this machine, or left in the home folder, is not there, by whatever path.
func TestLeftovers(t *testing.T) {
	require.FileExists(t, os.Getenv("SLIPWAY_LEFTOVER"))
}
