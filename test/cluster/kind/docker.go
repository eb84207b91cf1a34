package kind

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	kind "sigs.k8s.io/kind/pkg/cluster"
	kindexec "sigs.k8s.io/kind/pkg/exec"
	"sigs.k8s.io/kind/pkg/log"
)

// provider returns kind's own, which tells progress what it does (nil: nobody).
func provider(progress io.Writer) *kind.Provider {
	var logger log.Logger = log.NoopLogger{}
	if progress != nil {
		logger = teller{progress}
	}
	// Docker, whatever else is on this machine: images are built with it too.
	return kind.NewProvider(kind.ProviderWithDocker(), kind.ProviderWithLogger(logger))
}

// engine returns an error that says what to do if Docker's engine does not answer.
func engine(ctx context.Context) error {
	_, err := docker(ctx, "version", "--format", "{{.Server.Version}}")
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("there is no docker on the PATH, and kind's node is a container of it: install Docker, " +
			"or as root on Debian 12 let test/cluster/nodeimage/build.sh do it")
	default:
		return fmt.Errorf("the engine of Docker does not answer, and the node of kind is a container of it: start it (%w)", err)
	}
}

// address returns where a port of the node, such as 443/tcp, is reached on this machine.
func (m *Managed) address(ctx context.Context, port string) (string, error) {
	output, err := docker(ctx, "port", m.Node(), port)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(output, "\n")
	return first, nil
}

// docker runs the docker command and returns what it printed; the error holds what it complained about.
func docker(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	output, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("docker %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return strings.TrimSpace(string(output)), err
}

// explain adds what the command that failed printed: kind's errors keep that to themselves.
func explain(err error) error {
	if failed := kindexec.RunErrorForError(err); failed != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(failed.Output))
	}
	return err
}

// teller writes what kind has to say to people, and nothing more detailed.
type teller struct{ to io.Writer }

func (t teller) Warn(message string)               { fmt.Fprintln(t.to, message) }
func (t teller) Warnf(format string, args ...any)  { fmt.Fprintf(t.to, format+"\n", args...) }
func (t teller) Error(message string)              { fmt.Fprintln(t.to, message) }
func (t teller) Errorf(format string, args ...any) { fmt.Fprintf(t.to, format+"\n", args...) }
func (t teller) Info(message string)               { fmt.Fprintln(t.to, message) }
func (t teller) Infof(format string, args ...any)  { fmt.Fprintf(t.to, format+"\n", args...) }
func (t teller) Enabled() bool                     { return true }

// V returns a logger for a level of detail; 0 is what every user is told.
func (t teller) V(level log.Level) log.InfoLogger {
	if level > 0 {
		return log.NoopInfoLogger{}
	}
	return t
}
