package rollout

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// helm is the helm that was named, and the flags that lead it to the same namespace of the same cluster.
type helm struct {
	path       string
	major      int
	namespace  string
	connection []string
}

// rollback puts a revision's objects back. It does not wait for their pods: Helm returns when it has written, and a
// revision that never becomes ready again must not stand in the way of the one that mends it.
//
// Helm 4 refuses where a field has another owner, such as the replicas of a Deployment that was scaled. Only then is it
// forced: that sets the field to what is stored in the revision, which takes an autoscaler's pods away for a moment.
func (h helm) rollback(release string, revision int, undo func() error) error {
	args := []string{"rollback", release, strconv.Itoa(revision), "--timeout", defaultTimeout.String()}
	err := h.run(args...)
	if err == nil || h.major == 3 || !strings.Contains(err.Error(), "conflict") {
		return err
	}
	// The attempt has left a failed revision, from which Helm would not see what is to go.
	if err := undo(); err != nil {
		return err
	}
	return h.run(append(args, "--force-conflicts")...)
}

// uninstall removes a release, and returns when its objects are gone: the next install makes them anew.
func (h helm) uninstall(release string) error {
	return h.run("uninstall", release, "--wait", "--timeout", defaultTimeout.String())
}

// run runs a command to its end, whatever signals come. The error has what it printed.
func (h helm) run(args ...string) error {
	args = slices.Concat(args, []string{"--namespace", h.namespace}, h.connection)
	var said bytes.Buffer
	child, err := start(h.path, args, nil, &said, &said)
	if err != nil {
		return err
	}
	if err := child.wait(); err != nil {
		return fmt.Errorf("helm %s: %w\n%s", strings.Join(args[:2], " "), err, strings.TrimSpace(said.String()))
	}
	return nil
}

// child is a program that was started, and ends if this process ends.
type child struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
	err    error         // what Wait said
	once   sync.Once
}

// start starts a program. It has a process group of its own, so that Ctrl-C in a terminal reaches it once, from us; and if
// we are killed, the kernel kills it where it can.
func start(path string, args []string, stdin io.Reader, stdout, stderr io.Writer) (*child, error) {
	c := &child{cmd: exec.Command(path, args...), exited: make(chan struct{})}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = stdin, stdout, stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(c.cmd.SysProcAttr)
	// A pipe that something the program started keeps open must not keep us.
	c.cmd.WaitDelay = 10 * time.Second
	started := make(chan error)
	go func() {
		// The kernel takes the end of the thread that started the program for ours.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = c.cmd.Wait()
		close(c.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// wait returns when the program has ended, with the error of one that failed.
func (c *child) wait() error {
	<-c.exited
	return c.err
}

// stop sends a signal, the first time it is called: Helm goes back after one, and ignores more.
func (c *child) stop(signal syscall.Signal) {
	c.once.Do(func() { _ = c.cmd.Process.Signal(signal) })
}

// code is the exit code of the program that has ended, as a shell gives it: 128 and the signal's number if one ended it.
func (c *child) code() int {
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return c.cmd.ProcessState.ExitCode()
}
