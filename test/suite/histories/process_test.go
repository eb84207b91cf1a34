package histories

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// process is a command that runs.
type process struct {
	line   string
	cmd    *exec.Cmd
	said   output
	exited chan struct{}
}

// output collects what a process prints, which may be read meanwhile.
type output struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// start starts a command, which is killed when ctx ends.
func start(ctx context.Context, kubeconfig string, line ...string) (*process, error) {
	p := &process{line: strings.Join(line, " "), cmd: exec.CommandContext(ctx, line[0], line[1:]...), exited: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "CI_JOB_ID=")
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.WaitDelay = 10 * time.Second
	p.cmd.SysProcAttr = endWithUs()
	started := make(chan error)
	go func() {
		// The kernel takes the end of the thread that started the command for ours.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	return p, <-started
}

// ended says whether it has.
func (p *process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// signal sends a signal to slipway, to the helm that it runs, or to both. Who has ended meanwhile gets none.
func (p *process) signal(whom model.Whom, s syscall.Signal) {
	if p.ended() {
		return
	}
	children := p.children()
	if whom != model.Slipway {
		for _, child := range children {
			_ = syscall.Kill(child, s)
		}
	}
	if whom != model.Helm {
		_ = p.cmd.Process.Signal(s)
	}
}

// children are the processes that the command has started.
func (p *process) children() (all []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended
		}
		for _, word := range strings.Fields(string(content)) {
			if pid, err := strconv.Atoi(word); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}

// end waits for the command to end, and returns its exit code: -1 if a signal ended it.
func (p *process) end(ctx context.Context) (exitCode int, err error) {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case <-time.After(eventually.Deadline):
		return 0, breach{doesNotEnd, p.line + "\n" + p.said.String()}
	}
}

// isGone is the condition that a process has ended, also one that another process has to collect.
func isGone(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
