package module

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const root = "../.."

// installable fails for a go.mod that `go install …@VERSION` refuses: it takes none whose directives mean something else
// where the module is not the main one. https://go.dev/ref/mod#go-install
func installable(content []byte) error {
	mod, err := modfile.Parse("go.mod", content, nil)
	if err != nil {
		return err
	}
	for _, replace := range mod.Replace {
		return fmt.Errorf("go.mod replaces %s: `go install` of a version refuses that", replace.Old.Path)
	}
	for _, exclude := range mod.Exclude {
		return fmt.Errorf("go.mod excludes %s: `go install` of a version refuses that", exclude.Mod.Path)
	}
	return nil
}

func TestGoInstallTakesGoMod(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	require.NoError(t, installable(content))

	for name, line := range map[string]string{
		"replaces": "\nreplace golang.org/x/mod => ../mod\n",
		"excludes": "\nexclude golang.org/x/mod v0.1.0\n",
	} {
		require.ErrorContains(t, installable(append(content[:len(content):len(content)], line...)), "go.mod "+name+" golang.org/x/mod")
	}
}

// onDisk is a file that is committed, by its path there.
type onDisk string

func (f onDisk) Path() string                 { return string(f) }
func (f onDisk) Lstat() (fs.FileInfo, error)  { return os.Lstat(filepath.Join(root, string(f))) }
func (f onDisk) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(root, string(f))) }

// A module is fetched as an archive, which takes no names that some system cannot have, and has a limit.
func TestFilesMakeAModule(t *testing.T) {
	git := exec.CommandContext(t.Context(), "git", "ls-files", "-z")
	git.Dir = root
	listed, err := git.Output()
	require.NoError(t, err)
	var files []zip.File
	for path := range strings.SplitSeq(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		files = append(files, onDisk(path))
	}
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	checked, err := zip.CheckFiles(files)
	require.NoError(t, err)
	require.Contains(t, checked.Valid, "test/cmd/slipway/main.go")
	require.NoError(t, zip.Create(io.Discard, module.Version{Path: modfile.ModulePath(content), Version: "v0.0.1"}, files))

	// A name that Windows cannot have.
	_, err = zip.CheckFiles(append(files, onDisk("test/a:b.go")))
	require.ErrorContains(t, err, "test/a:b.go")
}
