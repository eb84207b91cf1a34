package takeover

import (
	"context"
	"strings"
)

// runCommand runs the command itself. Its hooks have run by then, and no pod is replaced.
type runCommand struct {
	*takeover
	plan *plan
}

func (s runCommand) describe() string {
	return "The command itself, which replaces no pod: " + s.command.Program + " " + strings.Join(s.arguments(), " ")
}

func (s runCommand) do(ctx context.Context) error {
	// Ingress controllers must have learnt of the new Ingress before the old one's port goes.
	if err := s.settle(ctx); err != nil {
		return err
	}
	s.say("+ %s %s", s.command.Program, strings.Join(s.arguments(), " "))
	return s.helm.Stream(ctx, s.Out, s.Progress, s.arguments()...)
}

// undo does nothing: the steps before it undo what it did, which is what they did but for the Service's ports.
func (s runCommand) undo(context.Context) error { return nil }

func (s runCommand) arguments() []string { return s.command.with("--wait", "--no-hooks") }
