//go:build unix

package fleet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
)

// nobody has no right to what others keep for themselves; root would have it.
const nobody = 65534

// TestFilesThatCannotBeRead puts in the place of a values file all that is none. Each is one finding, and the rest of the
// fleet is checked; nothing is waited for, and nothing without end is read.
func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	tree := t.TempDir()
	at := func(path string) string { return filepath.Join(tree, "fleet", filepath.FromSlash(path)) }
	write := func(path, text string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(at(path)), 0o755))
		require.NoError(t, os.WriteFile(at(path), []byte(text), 0o644))
	}
	const platform = "image: {registry: registry.example.com/x}\nresources: {limits: {memory: 64Mi}}\n"
	services := map[string]func(file string) error{
		"device":     func(file string) error { return os.Symlink("/dev/zero", file) },
		"endless":    func(file string) error { return os.Symlink("/proc/self/environ", file) },
		"folder":     func(file string) error { return os.Mkdir(file, 0o755) },
		"link":       func(file string) error { return os.Symlink("gone.yaml", file) },
		"loop":       func(file string) error { return os.Symlink(filepath.Base(file), file) },
		"permission": func(file string) error { return os.WriteFile(file, []byte("environment: dev\n"), 0) },
		"pipe":       func(file string) error { return syscall.Mkfifo(file, 0o644) },
		"socket":     func(file string) error { return syscall.Mknod(file, syscall.S_IFSOCK|0o644, 0) },
	}
	for service, spoil := range services {
		write(service+"/deploy/values.yaml", platform)
		write(service+"/deploy/values-prod.yaml", "environment: prod\n")
		require.NoError(t, spoil(at(service+"/deploy/values-dev.yaml")))
	}
	write("closed/deploy/values-dev.yaml", "environment: dev\n")
	require.NoError(t, os.Chmod(at("closed/deploy"), 0))
	t.Cleanup(func() { _ = os.Chmod(at("closed/deploy"), 0o755) })
	write("other/deploy/values-dev.yaml", "environment: dev\nreplica: 2\n")
	write("other/deploy/values.yaml", platform)

	require.Equal(t, [][2]string{
		{"values-unreadable", "closed/deploy: cannot be looked into: permission denied; services in it are not checked"},
		{"values-unreadable", "device/deploy/values-dev.yaml: is not a regular file"},
		{"values-unreadable", "endless/deploy/values-dev.yaml: is not text but binary data, or not UTF-8"},
		{"values-unreadable", "folder/deploy/values-dev.yaml: is a folder, not a file"},
		{"values-unreadable", "link/deploy/values-dev.yaml: is a link to gone.yaml, which is not there"},
		{"values-unreadable", "loop/deploy/values-dev.yaml: too many levels of symbolic links"},
		{"values-unknown-key", "other/deploy/values-dev.yaml: there is no key replica here"},
		{"values-unreadable", "permission/deploy/values-dev.yaml: permission denied"},
		{"values-unreadable", "pipe/deploy/values-dev.yaml: is not a regular file"},
		{"values-unreadable", "socket/deploy/values-dev.yaml: is not a regular file"},
	}, checkedByNobody(t, tree))

	// The file that switches rules off is read in the same way: without it, nothing is checked.
	require.NoError(t, syscall.Mkfifo(at(check.IgnoreFile), 0o644))
	_, stderr, err := runAsNobody(t, tree, "check", "fleet")
	require.ErrorContains(t, err, "exit status 2")
	require.Contains(t, stderr, "fleet/.slipway.yaml: is not a regular file")
}

// checkedByNobody returns rule, file and message of what slipway check finds in the folder fleet of a tree.
func checkedByNobody(t *testing.T, tree string) (found [][2]string) {
	stdout, stderr, err := runAsNobody(t, tree, "check", "fleet", "--kubernetes", "1.37", "--output", "json")
	require.ErrorContains(t, err, "exit status 1", stderr)
	var result struct {
		Findings []check.Finding `json:"findings"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &result), stdout)
	for _, f := range result.Findings {
		relative, err := filepath.Rel("fleet", f.File)
		require.NoError(t, err)
		found = append(found, [2]string{f.Rule, filepath.ToSlash(relative) + ": " + f.Message})
	}
	return found
}

// runAsNobody runs slipway in a folder as a user who is not root.
func runAsNobody(t *testing.T, folder string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	// Where any user may look for them.
	chart := filepath.Join(folder, "chart")
	if _, err := os.Stat(chart); err != nil {
		require.NoError(t, os.CopyFS(chart, os.DirFS(filepath.Join(root, "charts/microservice"))))
	}
	program := filepath.Join(folder, "slipway")
	content, err := os.ReadFile(slipway)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, content, 0o755))
	for path := folder; path != filepath.Clean(os.TempDir()); path = filepath.Dir(path) {
		require.NoError(t, os.Chmod(path, 0o755))
	}

	// Far more than it takes: what waits for a pipe or reads a device does so for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program, append(args, "--chart", chart)...)
	command.Dir = folder
	if os.Getuid() == 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	err = command.Run()
	return out.String(), complaints.String(), err
}
