package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"gitlab.example.com/platform/slipway/test/tool"
)

// Files of a cluster's folder; ./controlplane writes all but the log.
const (
	adminKubeconfig = "admin.kubeconfig"
	aliveFile       = "alive"
	logFile         = "log"
)

const (
	pollInterval = 20 * time.Millisecond
	// startTimeout is far more than a start takes (about three seconds).
	startTimeout = 5 * time.Minute
	// stopTimeout is how long a process has to end (it takes milliseconds) before it is killed.
	stopTimeout = 20 * time.Second
)

// lifetime says when a control plane ends by itself.
type lifetime bool

const (
	untilStopped     lifetime = false
	whileParentLives lifetime = true
)

// process is a control plane as the process that started it sees it.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer     // nil if it does not end with this process
	exited chan struct{} // closed when it has ended
}

// launch starts a control plane in the folder dir and returns when the cluster is ready. Where it fails no process is left.
func launch(ctx context.Context, dir string, o Options, life lifetime) (*process, error) {
	if o.Nodes < 0 {
		return nil, fmt.Errorf("a cluster cannot have %d nodes", o.Nodes)
	}
	if o.Port < 0 || o.Port > 65535 {
		return nil, fmt.Errorf("%d is no port; write one from 1 to 65535, or 0 for any free one", o.Port)
	}
	program, err := tool.ControlPlane.Path(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	socket, err := listen(o.Port)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	log, err := os.OpenFile(filepath.Join(dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()

	args := []string{"--dir", dir, "--nodes", strconv.Itoa(nodesOf(o))}
	for flag, file := range map[string]string{"--audit-log": o.AuditLog, "--authentication-config": o.AuthenticationConfig} {
		if file == "" {
			continue
		}
		path, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		args = append(args, flag, path)
	}
	if life == whileParentLives {
		args = append(args, "--while-stdin")
	}
	p := &process{cmd: exec.Command(program, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.ExtraFiles = []*os.File{socket} // the first of them is file descriptor 3
	p.cmd.Env = []string{"TMPDIR=" + dir} // it needs nothing of ours, least of all a CI job's secrets
	// A session of its own: Ctrl-C in the terminal is for us, and we end it in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if life == whileParentLives {
		// The kernel closes our end of the pipe however we end.
		if p.stdin, err = p.cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()

	if err := p.waitReady(ctx, dir); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func nodesOf(o Options) int {
	if o.Nodes == 0 {
		return DefaultNodes
	}
	return o.Nodes
}

// listen opens the API server's socket, which the control plane inherits: so no other process can take the port in between.
func listen(port int) (*os.File, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d on 127.0.0.1 is already in use by another process; end that one, choose another port, or leave the choice to slipway", port)
	}
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	return listener.(*net.TCPListener).File()
}

// waitReady returns when the control plane has published the administrator's kubeconfig, which it does when the cluster is ready.
func (p *process) waitReady(ctx context.Context, dir string) error {
	err := wait.PollUntilContextTimeout(ctx, pollInterval, startTimeout, true, func(context.Context) (bool, error) {
		select {
		case <-p.exited:
			return false, fmt.Errorf("the control plane ended before it was ready (%s)", p.cmd.ProcessState)
		default:
			return exists(filepath.Join(dir, adminKubeconfig)), nil
		}
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case wait.Interrupted(err):
		err = fmt.Errorf("the control plane was not ready after %s", startTimeout)
	}
	return fmt.Errorf("%w; the end of its log:\n%s", err, tail(filepath.Join(dir, logFile)))
}

// stop asks the process to end and returns when it has.
func (p *process) stop() error {
	if p.stdin != nil {
		_ = p.stdin.Close()
	} else {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopTimeout):
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.exited
	return nil
}
