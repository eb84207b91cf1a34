//go:build e2e

package kind

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/gruntwork-io/terratest/modules/shell"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// program is one of the Helms.
type program struct {
	major int
	tool  tool.Tool
	// rollbackOnFailure is the flag that undoes a failed install or upgrade.
	rollbackOnFailure string
	// bin is a folder with this Helm as `helm`, and with `kubectl`.
	bin string
}

var (
	helm3    = &program{major: 3, tool: tool.Helm3, rollbackOnFailure: "--atomic"}
	helm4    = &program{major: 4, tool: tool.Helm4, rollbackOnFailure: "--rollback-on-failure"}
	programs = []*program{helm3, helm4}
)

func (p *program) String() string { return fmt.Sprintf("helm %d", p.major) }

// install makes the folder bin.
func (p *program) install(ctx context.Context, folder string) error {
	p.bin = filepath.Join(folder, p.tool.Name)
	if err := os.Mkdir(p.bin, 0o755); err != nil {
		return err
	}
	for name, t := range map[string]tool.Tool{"helm": p.tool, "kubectl": tool.Kubectl} {
		path, err := t.Path(ctx, os.Stderr)
		if err != nil {
			return err
		}
		if err := os.Symlink(path, filepath.Join(p.bin, name)); err != nil {
			return err
		}
	}
	return nil
}

// terminal is where somebody types commands: with one of the Helms, and with one kubeconfig.
type terminal struct {
	t          *testing.T
	program    *program
	kubeconfig string
}

// run runs helm or kubectl and returns what it prints, errors included.
func (w terminal) run(command string, args ...string) (string, error) {
	w.t.Helper()
	return shell.RunCommandContextAndGetOutputE(w.t, w.t.Context(), &shell.Command{
		Command: filepath.Join(w.program.bin, command), Args: args,
		Env: map[string]string{
			"KUBECONFIG": w.kubeconfig,
			"PATH":       w.program.bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		},
		Logger: logger.TestingT,
	})
}

// must runs a command that has to succeed and returns what it prints.
func (w terminal) must(command string, args ...string) string {
	w.t.Helper()
	output, err := w.run(command, args...)
	require.NoError(w.t, err)
	return output
}
