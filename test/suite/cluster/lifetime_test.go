package cluster_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/cluster"
)

// ownerVariable makes this test binary start a cluster, print its kubeconfig and wait to be killed.
const ownerVariable = "SLIPWAY_SUITE_OWN_CLUSTER"

func ownCluster() {
	c, err := cluster.Start(context.Background(), cluster.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.Kubeconfig)
	select {}
}

func TestClusterDiesWithItsOwner(t *testing.T) {
	t.Parallel()
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=1")
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	dir := filepath.Dir(strings.TrimSpace(line))
	pid := pidIn(t, dir)
	require.NoError(t, running(pid))

	require.NoError(t, owner.Process.Kill()) // kill -9: nothing of it runs any more
	require.Error(t, owner.Wait())

	eventually(t, "the end of the control plane", func(context.Context) error { return gone(pid) })
	eventually(t, "the end of its folder", func(context.Context) error { return missing(dir) })
}

// TestClusterDiesWithItsOwnerWhileItStarts kills the owner as soon as the control plane's process is there.
func TestClusterDiesWithItsOwnerWhileItStarts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=1", "TMPDIR="+folder)
	require.NoError(t, owner.Start())
	var alive []string
	eventually(t, "the control plane's process", func(context.Context) (err error) {
		alive, err = filepath.Glob(filepath.Join(folder, "*", "alive"))
		if err == nil && alive == nil {
			err = errors.New("none")
		}
		return err
	})
	require.NoError(t, owner.Process.Kill())
	require.Error(t, owner.Wait())

	eventually(t, "the end of its folder", func(context.Context) error { return missing(filepath.Dir(alive[0])) })
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	c, err := cluster.Start(t.Context(), cluster.Options{Nodes: 1})
	require.NoError(t, err)
	dir := filepath.Dir(c.Kubeconfig)
	pid := pidIn(t, dir)

	require.NoError(t, c.Stop())
	require.NoError(t, gone(pid))
	require.NoError(t, missing(dir))
	require.NoError(t, c.Stop(), "a second time")
}

func TestStartSaysWhyItFails(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	for _, c := range []struct {
		name    string
		options cluster.Options
		says    []string
	}{
		{"port in use", cluster.Options{Port: port},
			[]string{fmt.Sprintf("port %d on 127.0.0.1 is already in use by another process", port)}},
		{"fewer than no nodes", cluster.Options{Nodes: -1}, []string{"a cluster cannot have -1 nodes"}},
		{"a component fails", cluster.Options{AuditLog: filepath.Join(file, "audit.log")},
			[]string{"the control plane ended before it was ready (exit status 1)", "the end of its log:", "controlplane: kube-apiserver: ", "not a directory"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cluster.Start(t.Context(), c.options)
			for _, part := range c.says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

// slipwayIn is the command with the folder for its clusters.
func slipwayIn(folder string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	cmd = exec.Command(filepath.Join(bin, "slipway"), args...)
	cmd.Env = append(os.Environ(), cluster.FolderVariable+"="+folder)
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	return cmd, stderr
}

// startUp runs `slipway cluster up` until the control plane's process is there, and returns that one's process id.
func startUp(t *testing.T, folder string) (up *exec.Cmd, stderr *bytes.Buffer, pid int) {
	t.Helper()
	up, stderr = slipwayIn(folder, "cluster", "up")
	require.NoError(t, up.Start())
	dir := filepath.Join(folder, "embedded")
	eventually(t, "the control plane's process", func(context.Context) error {
		_, err := os.Stat(filepath.Join(dir, "ca.crt"))
		return err
	})
	return up, stderr, pidIn(t, dir)
}

// TestInterruptedUpLeavesNothing presses Ctrl-C while `slipway cluster up` waits for the cluster.
func TestInterruptedUpLeavesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	up, stderr, pid := startUp(t, folder)

	require.NoError(t, up.Process.Signal(os.Interrupt))
	var exit *exec.ExitError
	require.ErrorAs(t, up.Wait(), &exit)
	require.Equal(t, 2, exit.ExitCode())
	require.Equal(t, "slipway: interrupted\n", stderr.String())
	require.NoError(t, missing(filepath.Join(folder, "embedded")))
	eventually(t, "the end of the control plane", func(context.Context) error { return gone(pid) })
}

// TestUpAfterKilledUp kills `slipway cluster up` while it waits: the start goes on without it, and the next one waits for that.
func TestUpAfterKilledUp(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	killed, _, pid := startUp(t, folder)
	require.NoError(t, killed.Process.Kill())
	require.Error(t, killed.Wait())

	up, stderr := slipwayIn(folder, "cluster", "up")
	require.NoError(t, up.Run(), "%s", stderr)
	require.Contains(t, stderr.String(), "cluster embedded is up already")
	require.Equal(t, pid, pidIn(t, filepath.Join(folder, "embedded")))

	down, stderr := slipwayIn(folder, "cluster", "down")
	require.NoError(t, down.Run(), "%s", stderr)
	eventually(t, "the end of the control plane", func(context.Context) error { return gone(pid) })
}

// TestControlPlaneEndsWithItsFolder removes the folder under a managed cluster, whose process nobody could find any more.
func TestControlPlaneEndsWithItsFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	up, stderr := slipwayIn(folder, "cluster", "up")
	require.NoError(t, up.Run(), "%s", stderr)
	dir := filepath.Join(folder, "embedded")
	pid := pidIn(t, dir)

	require.NoError(t, os.RemoveAll(dir))
	eventually(t, "the end of the control plane", func(context.Context) error { return gone(pid) })
}

// pidIn returns the process id of the control plane that lives in the folder.
func pidIn(t *testing.T, dir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "alive"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	require.NoError(t, err)
	return pid
}

// running returns an error unless the process lives. One that has ended and was not asked for its exit code yet (Z) does
// not, but one whose threads are still ending does.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func running(pid int) error {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	// The second field, the program's name in parentheses, may hold anything.
	fields := strings.Fields(string(content[strings.LastIndex(string(content), ")")+1:]))
	if len(fields) == 0 || fields[0] == "Z" && fields[17] == "1" {
		return fmt.Errorf("process %d has ended", pid)
	}
	return nil
}

func gone(pid int) error {
	if running(pid) == nil {
		return fmt.Errorf("process %d lives", pid)
	}
	return nil
}

func missing(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is there", path)
	}
	return nil
}
