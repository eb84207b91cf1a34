package fleet_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/fleet"
)

func TestReadManifests(t *testing.T) {
	dir := tree(t, "a.yaml", "b/c.yml", "b/d.json", "b/README.md", ".git/e.yaml", ".hidden.yaml", "script")
	files, others, err := fleet.ReadManifests([]string{dir, "-", filepath.Join(dir, "script")}, strings.NewReader("a: b"))
	require.NoError(t, err)
	var paths []string
	for _, file := range files {
		paths = append(paths, strings.TrimPrefix(file.Path, dir+"/"))
	}
	require.Equal(t, []string{"a.yaml", "b/c.yml", "b/d.json", "standard input", "script"}, paths, "what is named itself is read, whatever it is called")
	require.Equal(t, "a: b", string(files[3].Text))
	require.Equal(t, []string{filepath.Join(dir, ".hidden.yaml"), filepath.Join(dir, "b/README.md"), filepath.Join(dir, "script")}, others)

	_, _, err = fleet.ReadManifests([]string{t.TempDir()}, nil)
	require.ErrorContains(t, err, "there is no file *.yaml, *.yml or *.json in ")
	_, _, err = fleet.ReadManifests([]string{filepath.Join(dir, "none")}, nil)
	require.ErrorContains(t, err, "no such file")
}
