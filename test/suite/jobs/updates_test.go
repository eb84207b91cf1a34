package jobs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// pinned matches what looks like an image with a version in a pipeline file, outside of comments and descriptions.
var pinned = regexp.MustCompile(`(?m)^\s*(?:name|image|default): (?:\$\[\[ inputs\.image-mirror \]\]/)?([a-z0-9./-]+/[a-z0-9./-]+):(v?[0-9][A-Za-z0-9._-]*)`)

// Every image that the pipeline names with a version is one that .renovaterc.json finds, by name and version, and none is by `latest`.
func TestImagesAreUpdated(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, ".renovaterc.json"))
	require.NoError(t, err)
	var renovate struct {
		CustomManagers []struct {
			ManagerFilePatterns []string
			MatchStrings        []string
		}
	}
	require.NoError(t, json.Unmarshal(content, &renovate))
	require.Len(t, renovate.CustomManagers, 1)
	manager := renovate.CustomManagers[0]

	paths, err := filepath.Glob(filepath.Join(root, "ci/build/*.yml"))
	require.NoError(t, err)
	images := 0
	for _, path := range append(paths, filepath.Join(root, "ci/service.yml")) {
		file, err := filepath.Rel(root, path)
		require.NoError(t, err)
		require.True(t, anyMatches(manager.ManagerFilePatterns, file), file)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		found := map[string]string{}
		for _, expression := range manager.MatchStrings {
			e := regexp.MustCompile(expression)
			for _, match := range e.FindAllStringSubmatch(string(content), -1) {
				found[match[e.SubexpIndex("depName")]] = match[e.SubexpIndex("currentValue")]
			}
		}
		for _, match := range pinned.FindAllStringSubmatch(string(content), -1) {
			images++
			require.Equal(t, match[2], found[match[1]], "%s: %s", file, match[1])
		}
	}
	require.Equal(t, 3, images, "buildkit, buildah and golang")
	for _, file := range []string{".gitlab-ci.yml", "ci/service.yml", "ci/image/Dockerfile"} {
		content, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.NotRegexp(t, `(?m)^\s*(?:image:|FROM) .*:latest`, string(content), file)
	}
}

// anyMatches says whether a path matches one of Renovate's patterns, which are expressions between slashes.
func anyMatches(patterns []string, path string) bool {
	for _, pattern := range patterns {
		if regexp.MustCompile(pattern[1 : len(pattern)-1]).MatchString(path) {
			return true
		}
	}
	return false
}
