package undertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlipwayIsWhatTheVariableNames(t *testing.T) {
	folder := t.TempDir()
	program, text := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(program, nil, 0o755))
	require.NoError(t, os.WriteFile(text, nil, 0o644))
	t.Setenv(Variable, program)
	path, err := Slipway(t.Context(), folder)
	require.NoError(t, err)
	require.Equal(t, program, path)
	require.NoFileExists(t, filepath.Join(folder, name), "nothing is built")

	for path, says := range map[string]string{
		".build/slipway":               "SLIPWAY=.build/slipway: is no absolute path of a program called slipway",
		filepath.Join(folder, "other"): "is no absolute path of a program called slipway",
		filepath.Join(folder, name):    "no such file or directory",
		text:                           "permission denied",
	} {
		t.Setenv(Variable, path)
		_, err := Slipway(t.Context(), folder)
		require.ErrorContains(t, err, says)
	}
}

// Another program of the module is built as slipway is, in less time.
func TestBuild(t *testing.T) {
	folder := t.TempDir()
	path, err := build(t.Context(), module+"/test/offline", folder)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(folder, name), path)
	said, err := exec.Command(path).CombinedOutput()
	require.ErrorContains(t, err, "exit status 125")
	require.Contains(t, string(said), "usage: offline PROGRAM")

	_, err = build(t.Context(), module+"/test/no-such-package", folder)
	require.ErrorContains(t, err, "build slipway: exit status 1")
	require.ErrorContains(t, err, "no-such-package")
}
