//go:build e2e

package release

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// Which jobs there are, by what GitLab runs a pipeline for.
func TestGraph(t *testing.T) {
	gitlabCILocal, err := tool.GitlabCILocal.Path(t.Context(), os.Stderr)
	require.NoError(t, err)
	tests := []string{"lint", "check", "test", "fuzz", "scenarios", "test-matrix", "histories", "race", "e2e"}
	release := []string{"package", "publish", "publish-image", "release"}
	for _, c := range []struct {
		name      string
		variables []string
		jobs      []string
	}{
		{name: "the default branch", variables: []string{"CI_COMMIT_BRANCH=main"}, jobs: tests},
		{name: "a merge request", variables: []string{"CI_COMMIT_BRANCH=", "CI_PIPELINE_SOURCE=merge_request_event"}, jobs: tests},
		{name: "another branch", variables: []string{"CI_COMMIT_BRANCH=feature"}},
		{name: "a protected tag", variables: []string{"CI_COMMIT_BRANCH=", "CI_COMMIT_TAG=v1.2.3", "CI_COMMIT_REF_PROTECTED=true"}, jobs: append(tests, release...)},
		{name: "a tag that anybody may push", variables: []string{"CI_COMMIT_BRANCH=", "CI_COMMIT_TAG=v1.2.3", "CI_COMMIT_REF_PROTECTED=false"}, jobs: tests},
		{name: "a tag that is no version", variables: []string{"CI_COMMIT_BRANCH=", "CI_COMMIT_TAG=v1.2.3-rc1", "CI_COMMIT_REF_PROTECTED=true"}},
		{name: "a protected branch with a version's name", variables: []string{"CI_COMMIT_BRANCH=v1.2.3", "CI_COMMIT_REF_PROTECTED=true"}},
		{name: "a schedule", variables: []string{"CI_COMMIT_BRANCH=main", "CI_PIPELINE_SOURCE=schedule"}, jobs: []string{"long", "e2e-long", "scale"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := checkout(t)
			args := []string{"--list-json", "--ignore-predefined-vars", strings.Join(names(c.variables), ",")}
			for _, variable := range c.variables {
				args = append(args, "--variable", variable)
			}
			cmd := exec.CommandContext(t.Context(), gitlabCILocal, args...)
			cmd.Dir = folder
			output, err := cmd.Output()
			require.NoError(t, err, "%s", output)
			var listed []struct{ Name, When string }
			require.NoError(t, json.Unmarshal(output, &listed), "%s", output)
			var jobs []string
			for _, job := range listed {
				// A job of a matrix is named for each of its entries.
				if name, entry, _ := strings.Cut(job.Name, ": "); job.When != "never" && (entry == "" || entry == "[kind]") {
					jobs = append(jobs, name)
				}
			}
			require.ElementsMatch(t, c.jobs, jobs)
		})
	}
}

// names returns the names of variables.
func names(variables []string) []string {
	var names []string
	for _, variable := range variables {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	return names
}

// checkout returns a repository that has the pipeline, as GitLab would have cloned it.
func checkout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{".gitlab-ci.yml", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	script := `git init --quiet --initial-branch main && git add --all
		git -c user.name=test -c user.email=test@example.com commit --quiet --message pipeline
		git remote add origin https://gitlab.example.com/platform/slipway.git
		git update-ref refs/remotes/origin/main HEAD && git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main`
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
	cmd.Dir = folder
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return folder
}
