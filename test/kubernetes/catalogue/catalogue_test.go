package catalogue

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"gitlab.example.com/platform/slipway/test/customresources"
)

func TestCatalogueIsMadeFromTheReleases(t *testing.T) {
	all, err := Load()
	require.NoError(t, err)
	require.Equal(t, append(append(all.Sources[:0:0], Releases...), customresources.Releases()...), all.Sources,
		"releases were changed and the catalogue was not: run `make kubernetes`")
	require.True(t, semver.IsValid(Releases[0].Version))
	for i := range Releases[1:] {
		require.Negative(t, semver.Compare(Releases[i].Version, Releases[i+1].Version), "are not oldest first")
	}
}

// The code that judges is that of go.mod, so that the last release must be the same.
func TestLastReleaseIsThatOfGoMod(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	mod, err := modfile.Parse("go.mod", content, nil)
	require.NoError(t, err)
	last := Releases[len(Releases)-1]
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	for _, required := range mod.Require {
		if required.Mod.Path == last.Path {
			require.Equal(t, last.Version, required.Mod.Version)
			require.Contains(t, string(sums), last.Path+" "+last.Version+" "+last.Sum+"\n")
			return
		}
	}
	t.Fatal("go.mod does not require ", last.Path)
}

func TestSize(t *testing.T) {
	t.Logf("%d bytes compressed", len(compressed))
	require.Less(t, len(compressed), 200<<10)
}

func TestUnreadable(t *testing.T) {
	_, err := Read([]byte("not compressed"))
	require.ErrorContains(t, err, "catalogue of Kubernetes")
}
