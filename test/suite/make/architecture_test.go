package make_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// codeBlock is one of a Markdown page.
var codeBlock = regexp.MustCompile("(?ms)^```.*?^```$")

// TestArchitectureListsEveryPackage compares the tree in docs/architecture.md with the packages, both ways.
func TestArchitectureListsEveryPackage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "docs/architecture.md"))
	require.NoError(t, err)
	listed := tree(codeBlock.FindString(string(content)))
	for path := range listed {
		if !existing(path) {
			t.Errorf("docs/architecture.md lists %s, which is not there", path)
		}
	}
	for _, path := range packages(t) {
		if !listed[path] {
			t.Errorf("docs/architecture.md does not list %s", path)
		}
	}
}

// tree returns the paths of an indented list whose lines are a folder, two spaces or more, and what it is.
func tree(block string) map[string]bool {
	paths := map[string]bool{}
	var above []string
	for line := range strings.Lines(block) {
		name, _, isFolder := strings.Cut(strings.TrimSpace(line), "/ ")
		if !isFolder {
			name, isFolder = strings.CutSuffix(strings.TrimSpace(line), "/")
		}
		if !isFolder {
			continue
		}
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		above = append(above[:min(depth, len(above))], name)
		paths[filepath.Join(above...)] = true
	}
	return paths
}

// packages returns the folders of the module that have Go files; the example is a module of its own.
func packages(t *testing.T) []string {
	var folders []string
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "test"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "testdata" || entry.Name() == "example-microservice" {
			return fs.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err == nil && len(files) > 0 {
			relative, err := filepath.Rel(root, path)
			require.NoError(t, err)
			folders = append(folders, relative)
		}
		return err
	}))
	require.NotEmpty(t, folders)
	return folders
}

// existing says whether there is a file or folder at a path from the repository's root.
func existing(path string) bool {
	_, err := os.Stat(filepath.Join(root, path))
	return err == nil
}
