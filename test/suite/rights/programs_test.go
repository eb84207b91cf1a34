package rights

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/gruntwork-io/terratest/modules/shell"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// program is one of the Helms that every test runs with.
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

// noValidation keeps Helm from checking manifests against the API server's OpenAPI documents before it sends them, which
// is half of the time that it takes, and which TestPage and the proof's core have anyway.
const noValidation = "--disable-openapi-validation"

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

// forEachHelm runs a test with both Helms, as subtests in parallel.
func forEachHelm(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	t.Parallel()
	for _, p := range programs {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

// Each program is the Helm that it says.
func TestHelmVersions(t *testing.T) {
	forEachHelm(t, func(t *testing.T, p *program) {
		version := terminal{t: t, program: p}.must("helm", "version", "--template", "{{.Version}}")
		require.Regexp(t, fmt.Sprintf(`^v%d\.\d+`, p.major), version)
	})
}

// terminal is where somebody types commands: with one of the Helms, and with one kubeconfig.
type terminal struct {
	t          *testing.T
	program    *program
	kubeconfig string
	folder     string            // in which the commands run; the test's if empty
	env        map[string]string // further variables
}

// run runs helm or kubectl and returns what it prints, errors included.
func (w terminal) run(command string, args ...string) (string, error) {
	w.t.Helper()
	return w.execute(filepath.Join(w.program.bin, command), args...)
}

// must runs a command that has to succeed and returns what it prints.
func (w terminal) must(command string, args ...string) string {
	w.t.Helper()
	output, err := w.run(command, args...)
	require.NoError(w.t, err)
	return output
}

// script runs lines of a shell and returns what they print, errors included.
func (w terminal) script(lines string) (string, error) {
	w.t.Helper()
	return w.execute("bash", "-euo", "pipefail", "-c", lines)
}

func (w terminal) execute(command string, args ...string) (string, error) {
	w.t.Helper()
	env := map[string]string{
		"KUBECONFIG": w.kubeconfig,
		"PATH":       w.program.bin + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
	maps.Copy(env, w.env)
	return shell.RunCommandContextAndGetOutputE(w.t, w.t.Context(), &shell.Command{
		Command: command, Args: args, WorkingDir: w.folder, Env: env, Logger: logger.TestingT,
	})
}
