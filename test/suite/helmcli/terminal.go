package helmcli

import (
	"maps"
	"os"
	"testing"

	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/gruntwork-io/terratest/modules/shell"
	"github.com/stretchr/testify/require"
)

// Terminal is where somebody types commands: with one of the Helms, and with one kubeconfig. What is typed and what it
// prints is in the test's log.
type Terminal struct {
	T       *testing.T
	Program *Program
	// Kubeconfig is the path of the only kubeconfig that the commands know.
	Kubeconfig string
	// Folder in which the commands run; the test's if empty.
	Folder string
	// Env are further variables.
	Env map[string]string
}

// Output is what a command printed.
type Output struct{ Stdout, Stderr string }

// String is both streams, one after the other.
func (o Output) String() string { return o.Stdout + o.Stderr }

// Run runs `helm` or `kubectl`. The error of a command that fails has its exit code, as "exit status 1", and its stderr.
func (w Terminal) Run(command string, args ...string) (Output, error) {
	w.T.Helper()
	return w.execute(w.Program.Path(command), args...)
}

// Must runs a command that has to succeed and returns what it prints.
func (w Terminal) Must(command string, args ...string) Output {
	w.T.Helper()
	output, err := w.Run(command, args...)
	require.NoError(w.T, err)
	return output
}

// Script runs lines of a shell, which stops at the first command that fails. `helm` is the terminal's.
func (w Terminal) Script(lines string) (Output, error) {
	w.T.Helper()
	return w.execute("bash", "-euo", "pipefail", "-c", lines)
}

func (w Terminal) execute(command string, args ...string) (Output, error) {
	w.T.Helper()
	env := map[string]string{
		"KUBECONFIG": w.Kubeconfig,
		"PATH":       w.Program.folder + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
	maps.Copy(env, w.Env)
	stdout, stderr, err := shell.RunCommandContextAndGetStdOutErrE(w.T, w.T.Context(), &shell.Command{
		Command: command, Args: args, WorkingDir: w.Folder, Env: env, Logger: logger.TestingT,
	})
	return Output{Stdout: stdout, Stderr: stderr}, err
}
