package make_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// A link's target, or an image's.
	link = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// A path of this repository in code, from its root.
	pathInCode = regexp.MustCompile("`((?:charts|ci|docs|test)/[\\w./-]+)`")
	heading    = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	// What GitLab leaves out of a heading's anchor.
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks follows each link within the repository, to the heading if it names one, and each path that a page names.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages := pages(t)
	require.Greater(t, len(pages), 10)
	followed := 0
	for _, page := range pages {
		content, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		prose := codeBlock.ReplaceAllString(string(content), "")
		for _, match := range link.FindAllStringSubmatch(prose, -1) {
			target, err := url.Parse(match[1])
			require.NoError(t, err, "%s: %s", page, match[1])
			if target.IsAbs() {
				continue
			}
			followed++
			file := page
			if target.Path != "" {
				file = filepath.Join(filepath.Dir(page), target.Path)
			}
			if !existing(file) {
				t.Errorf("%s links to %s, and there is no %s", page, match[1], file)
			} else if target.Fragment != "" && !hasAnchor(t, file, target.Fragment) {
				t.Errorf("%s links to %s, and %s has no such heading", page, match[1], file)
			}
		}
		for _, match := range pathInCode.FindAllStringSubmatch(prose, -1) {
			followed++
			if !existing(match[1]) {
				t.Errorf("%s names %s, which is not there", page, match[1])
			}
		}
	}
	require.Greater(t, followed, 50)
}

// pages returns the paths of the Markdown files, from the repository's root.
func pages(t *testing.T) []string {
	var paths []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			relative, err := filepath.Rel(root, path)
			require.NoError(t, err)
			paths = append(paths, relative)
		}
		return nil
	}))
	return paths
}

func hasAnchor(t *testing.T, page, anchor string) bool {
	content, err := os.ReadFile(filepath.Join(root, page))
	require.NoError(t, err)
	for _, match := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(string(content), ""), -1) {
		text := notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(match[1])), "")
		if strings.ReplaceAll(text, " ", "-") == anchor {
			return true
		}
	}
	return false
}
