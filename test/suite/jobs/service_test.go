//go:build e2e

package jobs

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/tool"
)

// gitlabCILocal installs it once.
var gitlabCILocal = sync.OnceValues(func() (string, error) {
	return tool.GitlabCILocal.Path(context.Background(), os.Stderr)
})

// service is the checkout of a service's repository as GitLab's runner would have made it.
type service struct{ folder string }

// newService makes the checkout of the example, with these inputs beside its own. The pipeline that its .gitlab-ci.yml
// includes from the platform's project is the one of this repository.
func newService(t *testing.T, inputs map[string]any) service {
	t.Helper()
	own := exampleInclude(t)
	for name, value := range inputs {
		own.Inputs[name] = value
	}
	s := service{t.TempDir()}
	s.write(t, ".gitlab-ci.yml", map[string]any{"include": []any{map[string]any{
		"project": own.Project, "ref": own.Ref, "file": own.File, "inputs": own.Inputs,
	}}})
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "go.sum"), nil, 0o600)) // the cache's key
	s.run(t, "bash", "-euc", `git init --quiet --initial-branch dev && git add --all
		git -c user.name=test -c user.email=test@example.com commit --quiet --message pipeline
		git remote add origin https://gitlab.example.com/the-project/example-microservice.git
		git update-ref refs/remotes/origin/master HEAD && git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/master`)
	require.NoError(t, os.CopyFS(filepath.Join(s.included(own), "ci"), os.DirFS(filepath.Join(root, "ci"))))
	return s
}

// included is where gitlab-ci-local keeps what it has got from another project.
func (s service) included(of include) string {
	return filepath.Join(s.folder, ".gitlab-ci-local/includes/gitlab.example.com", of.Project, of.Ref)
}

func (s service) write(t *testing.T, name string, content any) {
	t.Helper()
	text, err := yaml.Marshal(content)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, name), text, 0o600))
}

func (s service) run(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	output, err := s.try(t, program, args...)
	require.NoError(t, err, "%s", output)
	return output
}

// try returns what the program prints, or if it fails what it complains about.
func (s service) try(t *testing.T, program string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = s.folder
	output, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return append(output, exit.Stderr...), err
	}
	return output, err
}

// running limits how many of gitlab-ci-local's processes there are at a time: each takes a core.
var running = make(chan struct{}, 2)

// read runs gitlab-ci-local with variables in place of its own.
func (s service) read(t *testing.T, variables map[string]string, args ...string) ([]byte, error) {
	t.Helper()
	program, err := gitlabCILocal()
	require.NoError(t, err)
	var names []string
	for name, value := range variables {
		names = append(names, name)
		args = append(args, "--variable", name+"="+value)
	}
	running <- struct{}{}
	defer func() { <-running }()
	return s.try(t, program, append(args, "--no-color", "--home", s.folder, "--ignore-predefined-vars", strings.Join(names, ","))...)
}

// listed is a job as gitlab-ci-local lists it, after its rules.
type listed struct{ name, when, allowFailure, environment string }

// list returns the jobs that a pipeline with these variables has.
func (s service) list(t *testing.T, variables map[string]string) []listed {
	t.Helper()
	// The schema is a test of its own, and takes half of the time.
	output, err := s.read(t, variables, "--list-csv", "--json-schema-validation=false")
	require.NoError(t, err, "%s", output)
	reader := csv.NewReader(bytes.NewReader(output))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	require.NoError(t, err, "%s", output)
	require.NotEmpty(t, rows, "there is a header at least")
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, name := range []string{"name", "when", "allowFailure", "environment"} {
		require.Contains(t, column, name, "%s", output)
	}
	var jobs []listed
	for _, row := range rows[1:] {
		jobs = append(jobs, listed{row[column["name"]], row[column["when"]], row[column["allowFailure"]], row[column["environment"]]})
	}
	return jobs
}

// expand returns the configuration after includes, inputs and extends.
func (s service) expand(t *testing.T) configuration {
	t.Helper()
	output, err := s.read(t, nil, "--preview")
	require.NoError(t, err, "%s", output)
	return parse(t, output)
}
