package takeover

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// helm runs the user's helm.
type helm struct {
	command command
	major   int // 3 or 4
	out     io.Writer
	err     io.Writer
}

// newHelm finds out which Helm it is.
func newHelm(ctx context.Context, c command, out, err io.Writer) (*helm, error) {
	h := &helm{command: c, out: out, err: err}
	said, failed := h.quiet(ctx, "version", "--template", "{{.Version}}")
	if failed != nil {
		return nil, failed
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(said), "v"), ".")
	if h.major, failed = strconv.Atoi(major); failed != nil || h.major < 3 || h.major > 4 {
		return nil, fmt.Errorf("%s is version %q: there must be Helm 3 or 4", c.program, said)
	}
	return h, nil
}

// settings returns what Helm makes of the command's global flags and of the environment: HELM_NAMESPACE and so on.
func (h *helm) settings(ctx context.Context) (map[string]string, error) {
	said, err := h.quiet(ctx, append([]string{"env"}, h.command.global...)...)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for line := range strings.Lines(said) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if unquoted, err := strconv.Unquote(value); err == nil {
			value = unquoted
		}
		settings[name] = value
	}
	return settings, nil
}

// render returns what the command would make live, and its hooks. Nothing changes.
func (h *helm) render(ctx context.Context) (revision, error) {
	said, err := h.quiet(ctx, h.command.with("--dry-run=server", "--output=json", "--take-ownership")...)
	if err != nil {
		return revision{}, err
	}
	var rendered revision
	if err := json.Unmarshal([]byte(said), &rendered); err != nil {
		return revision{}, fmt.Errorf("what helm --dry-run=server prints: %w", err)
	}
	return rendered, nil
}

// upgrade makes a revision of the release from a chart of the takeover's own.
func (h *helm) upgrade(ctx context.Context, chart string, flags ...string) error {
	args := append([]string{"upgrade", "--install", h.command.release, chart}, h.command.global...)
	_, err := h.quiet(ctx, append(args, flags...)...)
	return err
}

// quiet runs a command, and returns what it prints. What it says on its way is in the error alone.
func (h *helm) quiet(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	if err := h.run(ctx, &stdout, &stderr, args...); err != nil {
		return "", fmt.Errorf("helm %s: %w\n%s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// last runs the command itself, whose output is the user's.
func (h *helm) last(ctx context.Context, args ...string) error {
	if err := h.run(ctx, h.out, h.err, args...); err != nil {
		return fmt.Errorf("helm %s: %w", args[0], err)
	}
	return nil
}

func (h *helm) run(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, h.command.program, args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// One signal is enough for Helm, which may have something to undo.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = h.command.timeout + time.Minute
	// A Ctrl-C of the terminal reaches the takeover alone, which tells Helm.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = os.Environ()
	return cmd.Run()
}
