package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// runner compiles and runs the tests of packages.
type runner struct {
	dir, exec    string
	build, flags []string
	stdout       io.Writer
	took         durations

	mutex sync.Mutex // of stdout and took
}

// run runs binaries, so many at once, and says whether one failed. What happens in their tests goes to stdout, as the events of
// `go tool test2json`, a line each.
func (r *runner) run(ctx context.Context, binaries []binary, parallel int) (failed bool) {
	var failures atomic.Int32
	group := errgroup.Group{}
	group.SetLimit(parallel)
	for _, b := range binaries {
		group.Go(func() error {
			if err := r.runOne(ctx, b); err != nil {
				failures.Add(1)
			}
			return nil
		})
	}
	_ = group.Wait() // none returns an error: each package is to run
	return failures.Load() > 0
}

// runOne runs the tests of one package. The error is also of tests that failed, which the events say.
func (r *runner) runOne(ctx context.Context, b binary) error {
	args := []string{"tool", "test2json", "-t", "-p", b.pkg}
	if r.exec != "" {
		args = append(args, r.exec)
	}
	args = append(append(args, b.path, "-test.v=test2json", "-test.paniconexit0"), r.flags...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = b.folder, os.Stderr
	cmd.Env = append(os.Environ(), "PWD="+b.folder)
	// The tests end as they would in a terminal, and what they started with them.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		r.write(line)
		if err != nil {
			break
		}
	}
	err = cmd.Wait()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.took[b.pkg] = time.Since(began).Round(time.Millisecond)
	return err
}

// write writes a line as a whole.
func (r *runner) write(line string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	fmt.Fprint(r.stdout, line)
}
