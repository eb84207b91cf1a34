package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gitlab.example.com/platform/slipway/test/helm"
)

// command is a helm command that changes a release, as far as it has to be understood.
type command struct {
	*helm.Command
	program *helm.Program

	release string
	// goesBack says that Helm undoes what fails: --atomic, --rollback-on-failure.
	goesBack        bool
	createNamespace bool
	// writesNothing: --dry-run, --help.
	writesNothing bool
}

// parse understands the command line of a deploy, program first. The error says what is wrong with it, and what to write
// instead.
func parse(ctx context.Context, line []string) (*command, error) {
	parsed, err := helm.Parse(line)
	if errors.Is(err, helm.ErrNotHelm) {
		return nil, notHelm(line)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(line, " "), err)
	}
	c := &command{Command: parsed}
	words := c.Words
	if len(words) == 0 || words[0] != "upgrade" && words[0] != "install" {
		return nil, notHelm(line)
	}
	c.writesNothing = c.IsOn("help") || c.IsOn("dry-run") && !slices.Contains([]string{"none", "false"}, c.Value("dry-run"))
	if !c.writesNothing && len(words) != 3 {
		return nil, fmt.Errorf("%s: cannot tell which release this deploys; write `helm %s RELEASE CHART` and its flags, with a name for the release", strings.Join(line, " "), words[0])
	}
	if len(words) > 1 {
		c.release = words[1]
	}
	c.goesBack = c.IsOn("atomic") || c.IsOn("rollback-on-failure")
	c.createNamespace = c.IsOn("create-namespace")
	c.program, err = c.Find(ctx)
	return c, err
}

// parseFor understands a command line of the form `helm VERB RELEASE`, followed by flags.
func parseFor(ctx context.Context, verb string, line []string) (*command, error) {
	parsed, err := helm.Parse(line)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(line, " "), err)
	}
	if words := parsed.Words; len(words) != 2 || words[0] != verb || !slices.Equal(words, parsed.Args[:2]) {
		return nil, fmt.Errorf("%s: cannot tell what %q is beside the release: leave it out, or write --flag=value", strings.Join(line, " "), words)
	}
	c := &command{Command: parsed, release: parsed.Words[1]}
	c.program, err = c.Find(ctx)
	return c, err
}

func notHelm(line []string) error {
	return fmt.Errorf("%q is no `helm upgrade` and no `helm install`, which is what can be followed; write `slipway rollout -- helm upgrade --install RELEASE CHART`", strings.Join(line, " "))
}

// alsoOfRollback are the flags of an upgrade that a rollback has too, and that say how the release is to be treated.
var alsoOfRollback = []string{"cleanup-on-fail", "force", "force-conflicts", "force-replace", "history-max", "no-hooks", "server-side"}

// rollbackArgs are those of the rollback that the command itself would make.
func (c *command) rollbackArgs(revision int) []string {
	args := []string{"rollback", c.release, strconv.Itoa(revision), "--timeout", c.Timeout.String()}
	for _, flag := range alsoOfRollback {
		value := c.Value(flag)
		if value == "" || value == "false" && flag != "server-side" {
			continue
		}
		if flag == "force" && c.program.Major == 4 { // deprecated there, and unknown to its rollback
			flag = "force-replace"
		}
		args = append(args, "--"+flag+"="+value)
	}
	return args
}

// putBack has Helm put a revision's objects back. It does not wait for their pods: Helm returns when it has written, and a
// revision that never becomes ready again must not stand in the way of the one that mends it.
func (c *command) putBack(ctx context.Context, revision int) error {
	return c.program.Run(ctx, c.rollbackArgs(revision)...)
}

// uninstall removes a release, and returns when its objects are gone: the next install makes them anew.
func (c *command) uninstall(ctx context.Context) error {
	args := []string{"uninstall", c.release, "--wait", "--timeout", max(c.Timeout, helm.DefaultTimeout).String()}
	if c.IsOn("no-hooks") {
		args = append(args, "--no-hooks")
	}
	return c.program.Run(ctx, args...)
}
