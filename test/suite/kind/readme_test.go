//go:build e2e

package kind

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// README's commands for kind are the ones that are tested, and the first of them ends with the service's own answer.
func TestReadme(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	var commands []string
	inBlock := false
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inBlock = line == "```sh e2e"
		case inBlock:
			commands = append(commands, line)
		}
	}
	// The second runs this very test.
	require.Equal(t, []string{"make deploy CLUSTER=kind", "make e2e"}, commands)

	explainFailure(t, "the-project")
	output, err := command(t.Context(), "make", "deploy", "CLUSTER=kind")
	t.Log(output)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(output), "\n")
	require.Regexp(t, `^\{"agent":"example-microservice-[a-z0-9-]+","message":"hello from dev","version":"dev-1"\}$`, lines[len(lines)-1])

	output, err = command(t.Context(), "make", "deploy", "CLUSTER=kind", "TAG=dev-2")
	require.NoError(t, err)
	require.Contains(t, output, `"version":"dev-2"`)
	output, err = command(t.Context(), "make", "rollback", "CLUSTER=kind")
	require.NoError(t, err, output)
	require.Contains(t, output, "Rollback was a success")
}
