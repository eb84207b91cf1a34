package helm

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Program is the helm of a command.
type Program struct {
	// Path is where it was found.
	Path string
	// Major version: 3 or 4.
	Major int
	// Guard, if it is set, is told of each process that is started; what it returns is called when that has ended.
	Guard func(*Process) (ended func())
	// there are the flags that lead it to the command's namespace and cluster.
	there []string
	// grace is how long it has to go back once it was told to stop.
	grace time.Duration
}

// Find looks for the command's program on PATH, and finds out which Helm it is. The error is of one that is not there, is
// of another version, or keeps its releases where they are not looked for.
func (c *Command) Find(ctx context.Context) (*Program, error) {
	if driver := os.Getenv("HELM_DRIVER"); !slices.Contains([]string{"", "secret", "secrets"}, driver) {
		return nil, fmt.Errorf("HELM_DRIVER=%s: only releases that Helm keeps in Secrets, as it does by default, can be followed", driver)
	}
	path, err := exec.LookPath(c.Program)
	if err != nil {
		return nil, err
	}
	major, err := majorVersion(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Program{
		Path: path, Major: major, there: append([]string{"--namespace", c.Namespace}, c.connection()...), grace: c.Timeout + time.Minute,
	}, nil
}

var versionNumber = regexp.MustCompile(`^v(\d+)\.`)

// majorVersion asks a helm.
func majorVersion(ctx context.Context, path string) (int, error) {
	said, err := exec.CommandContext(ctx, path, "version", "--template", "{{.Version}}").Output()
	if err != nil {
		return 0, fmt.Errorf("%s version: %w", path, err)
	}
	match := versionNumber.FindSubmatch(said)
	if match == nil {
		return 0, fmt.Errorf("%s version: says %q, which is no version of Helm", path, said)
	}
	major, err := strconv.Atoi(string(match[1]))
	if err == nil && major != 3 && major != 4 {
		err = fmt.Errorf("%s is Helm %d; Helm 3 and Helm 4 can be followed", path, major)
	}
	return major, err
}

// Run runs another command of the same helm, for the same namespace and cluster, as Output does.
func (p *Program) Run(ctx context.Context, args ...string) error {
	_, err := p.Output(ctx, slices.Concat(args, p.there)...)
	return err
}

// Output runs helm with arguments as they are, and returns what it prints. What it says on its way is in the error alone.
func (p *Program) Output(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	if err := p.Stream(ctx, &stdout, &stderr, args...); err != nil {
		return "", fmt.Errorf("%w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// Start starts helm with arguments as they are.
func (p *Program) Start(args []string, stdin io.Reader, stdout, stderr io.Writer) (*Process, error) {
	child, err := Start(p.Path, args, stdin, stdout, stderr)
	if err != nil || p.Guard == nil {
		return child, err
	}
	ended := p.Guard(child)
	go func() {
		<-child.Exited()
		ended()
	}()
	return child, nil
}

// Stream runs helm with arguments as they are to its end. If ctx ends first helm is told to stop, and has its --timeout and
// a minute to undo what it has done.
func (p *Program) Stream(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	return p.run(ctx, nil, stdout, stderr, args...)
}

func (p *Program) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	child, err := p.Start(args, stdin, stdout, stderr)
	if err == nil {
		err = child.waitOrStop(ctx, p.grace)
	}
	if err != nil {
		return fmt.Errorf("helm %s: %w", args[0], err)
	}
	return nil
}
