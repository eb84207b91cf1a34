package takeover

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/helm"
)

// command is the helm command that a team uses from the takeover on.
type command struct {
	*helm.Command
	release string
}

// refused are flags that a takeover cannot have, and why.
var refused = []struct{ flag, why string }{
	{"dry-run", "the takeover shows what it will do before it does it: leave it out"},
	{"output", "the takeover's output is for people: leave it out"},
	{"force", "it replaces objects, and a Service would lose its address: leave it out"},
	{"force-replace", "it replaces objects, and a Service would lose its address: leave it out"},
	{"reuse-values", "there is no earlier revision of the chart: leave it out"},
	{"no-hooks", "it would hold for this takeover alone: leave it out"},
	{"help", "nothing is taken over with it: leave it out"},
}

// parse reads a command line, program first. The error says what to write instead.
func parse(line []string) (command, error) {
	const form = "slipway takeover -- helm upgrade --install NAME CHART …"
	if len(line) == 0 {
		return command{}, errors.New("there is no helm command: write " + form)
	}
	parsed, err := helm.Parse(line)
	if errors.Is(err, helm.ErrNotHelm) {
		return command{}, fmt.Errorf("%s is no helm command: write %s", line[0], form)
	}
	if err != nil {
		return command{}, fmt.Errorf("the helm command: %w", err)
	}
	switch words := parsed.Words; {
	case len(words) == 0 || words[0] != "upgrade" || !parsed.IsOn("install"):
		return command{}, errors.New("the helm command must be the one that is used from now on: write " + form)
	case len(words) != 3:
		return command{}, fmt.Errorf("helm upgrade takes a release's name and a chart, but has %q", words[1:])
	}
	for _, one := range refused {
		if parsed.Given(one.flag) {
			return command{}, fmt.Errorf("--%s: %s", one.flag, one.why)
		}
	}
	return command{Command: parsed, release: parsed.Words[1]}, nil
}

// with returns the arguments of the command with further flags, without those that it has.
func (c command) with(flags ...string) []string {
	args := slices.Clone(c.Args)
	for _, flag := range flags {
		name, _, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		if !c.Given(name) {
			args = append(args, flag)
		}
	}
	return args
}
