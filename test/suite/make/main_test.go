// Package make_test proves what README promises a newcomer: that each command which it shows works, in its order, and
// that the mistakes which one makes there end in one clear message.
package make_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/tool"
)

// root of the repository, where README's commands are typed.
const root = "../../.."

// slipwayVariable names a command that make need not build.
const slipwayVariable = "SLIPWAY"

// commandTimeout fits Helm's own five minutes and a machine that is busy.
const commandTimeout = 8 * time.Minute

func TestMain(m *testing.M) {
	// A first build takes minutes; here rather than within a command's time.
	for _, t := range tool.All() {
		if _, err := t.Path(context.Background(), os.Stderr); err != nil {
			panic(err)
		}
	}
	if err := buildSlipway(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// buildSlipway builds the command once, for every make that the tests type: by the name that README's commands print.
func buildSlipway() error {
	if err := os.Unsetenv(slipwayVariable); err != nil {
		return err
	}
	build := exec.Command("make", "slipway")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("make slipway: %w\n%s", err, said)
	}
	return os.Setenv(slipwayVariable, ".build/slipway")
}

// shell types commands as a newcomer would, with clusters of its own.
type shell struct {
	environment []string
}

// newShell returns a shell whose clusters end with the test.
func newShell(t *testing.T) shell {
	s := shell{environment: append(os.Environ(), cluster.FolderVariable+"="+filepath.Join(t.TempDir(), "clusters"))}
	t.Cleanup(func() { s.run(t, "make down") })
	return s
}

// run returns what the command printed, both streams in order, and its exit code.
func (s shell) run(t *testing.T, command string) (output string, exitCode int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir, cmd.Env = root, s.environment
	content, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	t.Logf("$ %s\n%s", command, content)
	return string(content), cmd.ProcessState.ExitCode()
}

// commands returns the lines of README's shell blocks, without their comments.
func commands(t *testing.T) []string {
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	var lines []string
	inBlock := false
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inBlock = line == "```sh"
		case inBlock && line != "":
			command, _, _ := strings.Cut(line, " #")
			lines = append(lines, strings.TrimSpace(command))
		}
	}
	return lines
}
