package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// texts returns the files below a folder, by path.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		found[path] = string(text)
		return err
	}))
	return found
}

// What two runs measure is the same, and so is what a peer's sample has of the fleet.
func TestTheSameNumberMakesTheSameService(t *testing.T) {
	fleet, sample := t.TempDir(), t.TempDir()
	require.NoError(t, generate(fleet, every(40, 40)))
	require.NoError(t, generate(sample, every(40, 4)))
	all, some := texts(t, fleet), texts(t, sample)
	require.Len(t, all, 40*(len(environments)+1))
	require.Len(t, some, 4*(len(environments)+1))
	require.Subset(t, all, some)

	different := map[string]bool{}
	for _, text := range all {
		different[text] = true
	}
	require.Len(t, different, len(all), "two files are the same")
}

func TestEvery(t *testing.T) {
	require.Equal(t, []int{0, 100, 200, 300}, every(400, 4))
	require.Equal(t, []int{0, 1, 2}, every(3, 10))
}
