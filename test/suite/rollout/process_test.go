package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// process is a command that runs.
type process struct {
	t      *testing.T
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

// begin starts a command, which is killed with the test.
func begin(t *testing.T, env []string, line ...string) *process {
	t.Helper()
	return beginWith(t, nil, env, line...)
}

// beginWith starts a command with a standard input.
func beginWith(t *testing.T, stdin io.Reader, env []string, line ...string) *process {
	t.Helper()
	p := &process{t: t, line: strings.Join(line, " "), cmd: exec.Command(line[0], line[1:]...), exited: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, &p.said, &p.said
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
	})
	return p
}

// signal sends a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// kill kills the command, and waits for its end and for that of what it has started.
func (p *process) kill() {
	p.t.Helper()
	children := p.children()
	p.signal(syscall.SIGKILL)
	p.end()
	for _, child := range children {
		eventually.NoError(p.t, "the end of helm", func(context.Context) error {
			if err := syscall.Kill(child, 0); !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("process %d lives: %v", child, err)
			}
			return nil
		})
	}
}

// sleep stops the command, and what it has started, as a machine does that goes to sleep.
func (p *process) sleep() {
	p.t.Helper()
	children := p.children()
	require.NotEmpty(p.t, children)
	p.signal(syscall.SIGSTOP)
	for _, child := range children {
		require.NoError(p.t, syscall.Kill(child, syscall.SIGSTOP))
	}
}

// killChildren kills what the command has started.
func (p *process) killChildren() {
	p.t.Helper()
	children := p.children()
	require.NotEmpty(p.t, children)
	for _, child := range children {
		require.NoError(p.t, syscall.Kill(child, syscall.SIGKILL))
	}
}

// children are the processes that the command has started.
func (p *process) children() []int {
	p.t.Helper()
	var all []int
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // a thread that has ended
		}
		require.NoError(p.t, err)
		for _, word := range strings.Fields(string(content)) {
			pid, err := strconv.Atoi(word)
			require.NoError(p.t, err)
			all = append(all, pid)
		}
	}
	return all
}

// says is the condition that the command has printed a text.
func (p *process) says(text string) func(context.Context) error {
	return func(context.Context) error {
		if !strings.Contains(p.said.String(), text) {
			return errors.New("not yet")
		}
		return nil
	}
}

// end waits for the command to end, and returns its exit code (-1 if a signal ended it) and all that it printed.
func (p *process) end() (exitCode int, said string) {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(eventually.Deadline):
		require.FailNow(p.t, "does not end", "%s\n%s", p.line, p.said.String())
	}
	said = p.said.String()
	p.t.Logf("$ %s\n%sexit code %d", p.line, said, p.cmd.ProcessState.ExitCode())
	return p.cmd.ProcessState.ExitCode(), said
}

// reaches waits until a condition holds while the command runs.
func (p *process) reaches(what string, condition func(ctx context.Context) error) {
	p.t.Helper()
	ended := false
	eventually.NoError(p.t, what, func(ctx context.Context) error {
		select {
		case <-p.exited:
			ended = true
			return nil
		default:
			return condition(ctx)
		}
	})
	require.False(p.t, ended, "%s ended before %s:\n%s", p.line, what, p.said.String())
}
