package tool

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// build compiles and links the tool into the file output and tells how far it is.
func (p plan) build(ctx context.Context, output string, progress io.Writer) error {
	started := time.Now()
	fmt.Fprintf(progress, "building %s (%s) from the modules in go.mod; the first time this takes minutes\n", p.pkg, p.contents)

	// Everything that is not in Go's build cache; downloads the modules first where they are missing.
	list, err := goCommand(ctx, p.dir, append([]string{"list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"}, p.flags()...)...)
	if err != nil {
		return err
	}
	stale := map[string]bool{}
	for _, pkg := range strings.Fields(list) {
		stale[pkg] = true
	}

	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-v", "-o", output}, p.flags()...)...)
	cmd.Dir = p.dir
	cmd.Env = environment()
	// An interrupted go command removes its temporary files.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	counter := newCounter(progress, len(stale), started)
	var complaints strings.Builder
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		// -v prints the path of each package as it is compiled; everything else is for people.
		if stale[lines.Text()] {
			counter.add()
		} else {
			complaints.WriteString(lines.Text() + "\n")
		}
	}
	err = cmd.Wait()
	counter.end()
	switch {
	case err == nil:
		fmt.Fprintf(progress, "built in %s: %s\n", time.Since(started).Round(time.Second), strings.TrimSuffix(output, ".partial"))
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		return fmt.Errorf("go build: %w\n%s", err, strings.TrimSpace(complaints.String()))
	}
}

// flags are what both `go list` and `go build` have to know to mean the same build. No state of the repository goes
// in, which git refuses to tell where the checkout belongs to somebody else, as in many CI jobs.
func (p plan) flags() []string { return []string{"-buildvcs=false", "-ldflags", p.ldflags, p.pkg} }
