package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// job is what these tests read of a job in .gitlab-ci.yml.
type job struct {
	Script   []string
	Parallel struct{ Matrix []map[string][]string }
	Release  struct {
		Assets struct{ Links []struct{ URL string } }
	}
	Artifacts struct{ Reports struct{ CodeQuality string } }
}

// pipeline returns the jobs of this repository's own .gitlab-ci.yml.
func pipeline(t *testing.T) map[string]job {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, ".gitlab-ci.yml"))
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, yaml.Unmarshal(content, &all))
	jobs := map[string]job{}
	for name, keys := range all {
		if keys, ok := keys.(map[string]any); !ok || keys["script"] == nil {
			continue
		}
		text, err := yaml.Marshal(keys)
		require.NoError(t, err)
		var j job
		require.NoError(t, yaml.Unmarshal(text, &j), name)
		jobs[name] = j
	}
	require.NotEmpty(t, jobs)
	return jobs
}

// jobs returns the scripts of the jobs by name.
func jobs(t *testing.T) map[string]string {
	t.Helper()
	scripts := map[string]string{}
	for name, j := range pipeline(t) {
		scripts[name] = strings.Join(j.Script, "\n")
	}
	return scripts
}

// The pipeline's jobs are make targets, so that they can be run at home, and their targets are there.
func TestJobsAreTargets(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	target := regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
	there := map[string]bool{}
	for _, match := range target.FindAllStringSubmatch(string(makefile), -1) {
		there[match[1]] = true
	}
	command := regexp.MustCompile(`(?:^|\| )make ((?:[a-z0-9-]+ ?)+)`)
	for name, script := range jobs(t) {
		if name == "release" { // the keyword does it, after a command that shows the notes
			continue
		}
		for line := range strings.Lines(script) {
			match := command.FindStringSubmatch(strings.TrimSpace(line))
			require.NotNil(t, match, "job %s: %s", name, line)
			for _, name := range strings.Fields(match[1]) {
				require.True(t, there[name], "make %s", name)
			}
		}
	}
}

// The report that the merge request shows is the one that make check writes.
func TestReportOfCheck(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	written := regexp.MustCompile(`(?m)^check: .*\n.* --report codequality=(\S+)`).FindStringSubmatch(string(makefile))
	require.NotNil(t, written)
	require.Equal(t, written[1], pipeline(t)["check"].Artifacts.Reports.CodeQuality)
}

// Each suite that takes Docker is a job of the pipeline, and no other.
func TestEverySuiteIsInThePipeline(t *testing.T) {
	files, err := filepath.Glob("../*/*_test.go")
	require.NoError(t, err)
	suites := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.HasPrefix(string(content), "//go:build e2e") {
			suites[filepath.Base(filepath.Dir(file))] = true
		}
	}
	var names []string
	for suite := range suites {
		names = append(names, suite)
	}
	matrix := pipeline(t)["e2e"].Parallel.Matrix
	require.Len(t, matrix, 1)
	require.ElementsMatch(t, names, matrix[0]["SUITE"])
}

// What the release links to is what make binaries has built.
func TestReleaseLinks(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	platforms := regexp.MustCompile(`(?m)^binaries: export PLATFORMS +\?= (.*)$`).FindStringSubmatch(string(makefile))
	require.NotNil(t, platforms)
	want := []string{"SHA256SUMS"}
	for _, platform := range strings.Fields(platforms[1]) {
		want = append(want, "slipway-"+strings.ReplaceAll(platform, "/", "-"))
	}
	var linked []string
	for _, link := range pipeline(t)["release"].Release.Assets.Links {
		name, ok := strings.CutPrefix(link.URL, "$CI_PROJECT_URL/-/jobs/artifacts/$CI_COMMIT_TAG/raw/.build/release/")
		require.True(t, ok, link.URL)
		name, ok = strings.CutSuffix(name, "?job=package")
		require.True(t, ok, link.URL)
		linked = append(linked, name)
	}
	require.ElementsMatch(t, want, linked)
}

// The pipeline that README shows is the example's, and of the version that the charts have.
func TestPipelineOfReadme(t *testing.T) {
	example, err := os.ReadFile(filepath.Join(root, "test/example-microservice/.gitlab-ci.yml"))
	require.NoError(t, err)
	require.Equal(t, []string{string(example)}, readPage(t, "README.md")["yaml"])
	require.Contains(t, string(example), "ref: v"+chartVersion(t, "microservice")+"\n")
}
