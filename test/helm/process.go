package helm

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a helm that was started, and ends if this process ends.
type Process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
	err    error         // what Wait said
	once   sync.Once
}

// Start starts a program. It has a process group of its own, so that what is sent to ours reaches it once, from us. Only where
// we are in the foreground of a terminal it shares ours: the kernel stops who reads from there and is in another, be it for
// values or for a password. There Ctrl-C reaches both, and Helm ignores the second signal. If we are killed, the kernel kills
// it where it can.
func Start(path string, args []string, stdin io.Reader, stdout, stderr io.Writer) (*Process, error) {
	p := &Process{cmd: exec.Command(path, args...), exited: make(chan struct{})}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !inForeground()}
	endWithUs(p.cmd.SysProcAttr)
	// A pipe that something the program started keeps open must not keep us.
	p.cmd.WaitDelay = 10 * time.Second
	started := make(chan error)
	go func() {
		// The kernel takes the end of the thread that started the program for ours.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// inForeground says whether this process may read from a terminal.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false // there is none
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// Exited is closed when the program has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Stop sends a signal, the first time it is called: Helm goes back after one, and ignores more.
func (p *Process) Stop(signal syscall.Signal) {
	p.once.Do(func() { _ = p.cmd.Process.Signal(signal) })
}

// waitOrStop returns when the program has ended, with the error of one that failed. If ctx ends first the program is told to
// stop, and is killed if it has not ended grace later.
func (p *Process) waitOrStop(ctx context.Context, grace time.Duration) error {
	select {
	case <-p.exited:
		return p.err
	case <-ctx.Done():
	}
	p.Stop(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
	return cmp.Or(p.err, context.Cause(ctx))
}

// Code is the exit code of the program that has ended, as a shell gives it: 128 and the signal's number if one ended it.
func (p *Process) Code() int {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}
