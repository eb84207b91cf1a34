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

func (s runCommand) describe() []string {
	return []string{"The command itself, which replaces no pod: " + s.command.Program + " " + strings.Join(s.arguments(), " ")}
}

func (s runCommand) do(ctx context.Context) error {
	// Ingress controllers must have learnt of the new Ingress before the old one's port goes.
	if err := s.settle(ctx); err != nil {
		return err
	}
	s.say("+ %s %s", s.command.Program, strings.Join(s.arguments(), " "))
	return s.helm.Stream(ctx, s.Out, s.Progress, s.arguments()...)
}

// undo does nothing: what it did, but for the Services' ports, is what the steps before it have done.
func (s runCommand) undo(context.Context) error { return nil }

// arguments of the command, of which the last that is given counts. However few revisions are kept from now on, the first is
// the way back until this one is live.
func (s runCommand) arguments() []string {
	if len(s.plan.unaddressed) == 0 {
		return append(s.command.with("--wait", "--no-hooks"), keepAll)
	}
	arguments := s.command.with("--no-hooks")
	for _, flag := range []string{"wait", "wait-for-jobs", "atomic", "rollback-on-failure"} {
		if s.command.Given(flag) {
			arguments = append(arguments, "--"+flag+"=false")
		}
	}
	return append(arguments, keepAll)
}
