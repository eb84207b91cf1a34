package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"gitlab.example.com/platform/slipway/test/check"
)

// Options say how workers are started and limited.
type Options struct {
	Command []string // program and arguments of a process that calls Serve
	Setup   Setup
}

// patience is how many times longer than its processor time a step may take on the clock: the machine may be busy.
const patience = 50

// Died is why a service has no result: its worker ended, or was ended.
type Died struct{ Reason string }

func (d *Died) Error() string { return d.Reason }

// Process is a worker. It is for one goroutine.
type Process struct {
	options Options
	command *exec.Cmd
	stdin   io.WriteCloser
	answers chan answer
	stderr  *tail
}

// Start starts a worker.
func Start(ctx context.Context, options Options) (*Process, error) {
	p := &Process{options: options, answers: make(chan answer), stderr: &tail{}}
	p.command = exec.CommandContext(ctx, options.Command[0], options.Command[1:]...)
	p.command.Stderr = p.stderr
	var err error
	if p.stdin, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	go func() {
		defer close(p.answers)
		decoder := json.NewDecoder(bufio.NewReader(stdout))
		for {
			var a answer
			if err := decoder.Decode(&a); err != nil {
				return
			}
			p.answers <- a
		}
	}()
	if err := json.NewEncoder(p.stdin).Encode(options.Setup); err != nil {
		p.Kill()
		return nil, fmt.Errorf("start a worker: %w: %s", err, p.stderr)
	}
	return p, nil
}

// Check has the worker look at the releases of a service. After a *Died, the process is of no more use.
func (p *Process) Check(ctx context.Context, releases []check.Release, about About) (check.Result, error) {
	return p.ask(ctx, request{Releases: releases, About: about})
}

// Locate has the worker find the values that a collision of a service comes from. After a *Died, the process is of no more use.
func (p *Process) Locate(ctx context.Context, releases []check.Release, collision check.Finding) (check.Finding, error) {
	result, err := p.ask(ctx, request{Releases: releases, Locate: &collision})
	if err != nil {
		return collision, err
	}
	return result.Findings[0], nil
}

func (p *Process) ask(ctx context.Context, service request) (check.Result, error) {
	p.stderr.forget()
	if err := json.NewEncoder(p.stdin).Encode(service); err != nil {
		return check.Result{}, p.ended()
	}
	timer := time.NewTimer(patience * p.options.Setup.Time)
	defer timer.Stop()
	for {
		select {
		case a, ok := <-p.answers:
			switch {
			case !ok:
				return check.Result{}, p.ended()
			case a.Alive:
				timer.Reset(patience * p.options.Setup.Time)
			case a.Error != "":
				return check.Result{}, errors.New(a.Error)
			default:
				return *a.Result, nil
			}
		case <-timer.C:
			p.Kill()
			return check.Result{}, p.tookTooLong()
		case <-ctx.Done():
			p.Kill()
			return check.Result{}, ctx.Err()
		}
	}
}

// ended says why the process has ended by itself.
func (p *Process) ended() error {
	_ = p.stdin.Close()
	err := p.command.Wait()
	said := p.stderr.String()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == exitMemory, strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate memory"):
		return &Died{Reason: fmt.Sprintf("takes more than %d MiB of memory, such as a loop over a very large number", p.options.Setup.Memory>>20)}
	case errors.As(err, &exit) && exit.ExitCode() == exitTime:
		return p.tookTooLong()
	case strings.Contains(said, "stack exceeds"), strings.Contains(said, "stack overflow"):
		return &Died{Reason: "nests without end: a template calls itself"}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return &Died{Reason: fmt.Sprintf("the process that renders it ended: %v: %s", err, line)}
}

func (p *Process) tookTooLong() error {
	return &Died{Reason: fmt.Sprintf("a step takes more than %s of processor time, such as a template that does not end", p.options.Setup.Time)}
}

// Kill ends the process and waits for its end.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	go func() {
		for range p.answers {
		}
	}()
	_ = p.command.Wait()
}

// Close ends a process that has nothing to do.
func (p *Process) Close() {
	_ = p.stdin.Close()
	for range p.answers {
	}
	_ = p.command.Wait()
}

// tail keeps the beginning of what a process complains about during one request: a goroutine's trace follows.
type tail struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (t *tail) Write(text []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	const most = 8 << 10
	if room := most - t.text.Len(); room > 0 {
		t.text.Write(text[:min(room, len(text))])
	}
	return len(text), nil
}

// forget begins anew: what was said of another service is no reason for this one's end.
func (t *tail) forget() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text.Reset()
}

func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.String()
}
