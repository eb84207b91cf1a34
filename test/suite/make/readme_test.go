package make_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const repository = "registry.example.com/the-project/example-microservice"

func TestReadme(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	// What is live, as the tests' own reading of the cluster shows it rather than as a command says.
	const live = `KUBECONFIG=$(.build/slipway cluster kubeconfig) "$(.build/slipway tool kubectl)" get deploy,ing ` +
		`--namespace the-project --output jsonpath='{.items[*].spec.template.spec.containers[*].image}'`

	steps := []struct {
		command  string
		exitCode int
		says     []string
		live     string
	}{
		{command: "make deploy", says: []string{
			"+ helm upgrade --install the-project charts/project --namespace projects --create-namespace --set environment=dev",
			"+ .build/slipway rollout -- helm upgrade --install example-microservice charts/microservice --namespace the-project",
			"--set image.tag=dev-1 --atomic --wait",
			"deployment.apps/example-microservice   2/2",
			"nodes are simulated and no container runs",
			"make deploy TAG=dev-2",
		}, live: repository + ":dev-1"},
		// This very test is part of it.
		{command: "make test"},
		{command: "make deploy TAG=dev-2", says: []string{"has been upgraded", "Next: make deploy TAG=dev-3 "}, live: repository + ":dev-2"},
		{command: "make deploy TAG=dev-fail TIMEOUT=15s", exitCode: 2, says: []string{"has been rolled back", "has failed: ", "ImagePullBackOff"}, live: repository + ":dev-2"},
		{command: "make rollback", says: []string{"Rollback was a success"}, live: repository + ":dev-1"},
		{command: "make deploy ENV=stg", says: []string{"--namespace the-project-stg", "--set image.tag=stg-1", "Next: make deploy ENV=stg TAG=stg-2 ", "make rollback ENV=stg "}, live: repository + ":dev-1"},
		{command: "make check", says: []string{"15 releases in 5 services (dev, prod, stg), Kubernetes 1.30 to 1.37: no findings"}, live: repository + ":dev-1"},
		{command: "make down", says: []string{"is down"}},
		{command: "make help", says: []string{"deploy ", "rollback ", "down ", "test "}},
	}

	var typed []string
	for _, step := range steps {
		typed = append(typed, step.command)
	}
	require.Equal(t, commands(t), typed, "README's commands are the ones that are tested")

	for _, step := range steps {
		if step.command == "make test" {
			continue
		}
		output, exitCode := s.run(t, step.command)
		require.Equal(t, step.exitCode, exitCode, step.command)
		for _, text := range step.says {
			require.Contains(t, output, text, step.command)
		}
		if step.live != "" {
			image, _ := s.run(t, live)
			require.Equal(t, step.live, image, step.command)
		}
	}
}

func TestDownLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	_, exitCode := s.run(t, "make deploy")
	require.Zero(t, exitCode)
	folder, _ := s.run(t, `dirname "$(dirname "$(.build/slipway cluster kubeconfig)")" | tr -d '\n'`)
	require.DirExists(t, folder)
	require.NotEmpty(t, processesOf(t, folder), "what the test looks for is to be found")

	_, exitCode = s.run(t, "make down")
	require.Zero(t, exitCode)
	require.Empty(t, processesOf(t, folder))
	left, err := os.ReadDir(folder)
	require.True(t, err != nil || len(left) == 0, "left in %s: %v", folder, left)
}

// processesOf returns the command lines of the running processes that name the folder.
func processesOf(t *testing.T, folder string) []string {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	var lines []string
	for _, file := range files {
		// A process may have ended since.
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), folder) {
			lines = append(lines, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return lines
}
