package takeover

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// helmTimeout is Helm's own where the command has no --timeout.
const helmTimeout = 5 * time.Minute

// command is the helm command that a team uses from the takeover on.
type command struct {
	program string   // helm, or a path of it
	args    []string // after the program: upgrade --install …
	release string
	chart   string
	// global are its flags that say which cluster and how to reach it: every helm of the takeover gets them.
	global  []string
	timeout time.Duration
	given   func(flag string) bool
}

// Flags of `helm upgrade` in Helm 3 and 4, by what follows them. An argument can be told from a flag's value only by them.
var (
	switches = []string{
		"atomic", "cleanup-on-fail", "create-namespace", "dependency-update", "devel", "disable-openapi-validation", "enable-dns",
		"force", "force-conflicts", "force-replace", "hide-notes", "hide-secret", "insecure-skip-tls-verify", "no-hooks",
		"pass-credentials", "plain-http", "render-subchart-notes", "reset-then-reuse-values", "reset-values", "reuse-values",
		"rollback-on-failure", "skip-crds", "skip-schema-validation", "take-ownership", "verify", "wait-for-jobs",
	}
	settings = []string{
		"ca-file", "cert-file", "description", "history-max", "key-file", "keyring", "password", "post-renderer",
		"post-renderer-args", "repo", "server-side", "set-file", "set", "set-json", "set-literal", "set-string", "username", "version",
	}
	globalSwitches = []string{"debug", "kube-insecure-skip-tls-verify"}
	globalSettings = []string{
		"burst-limit", "color", "colour", "content-cache", "kube-apiserver", "kube-as-group", "kube-as-user", "kube-ca-file", "kube-context",
		"kube-tls-server-name", "kube-token", "kubeconfig", "qps", "registry-config", "repository-cache", "repository-config",
	}
)

// programName is what helm may be called: helm, helm4, helm-v4.3.1.
var programName = regexp.MustCompile(`^helm[-.0-9v]*$`)

// parse reads a command line, program first. The error says what to write instead.
func parse(line []string) (command, error) {
	const form = "slipway takeover -- helm upgrade --install NAME CHART …"
	if len(line) == 0 {
		return command{}, errors.New("there is no helm command: write " + form)
	}
	c := command{program: line[0], args: line[1:]}
	if !programName.MatchString(filepath.Base(c.program)) {
		return command{}, fmt.Errorf("%s is no helm command: write %s", c.program, form)
	}
	flags, install := c.flags()
	if err := flags.Parse(c.args); err != nil {
		return command{}, fmt.Errorf("the helm command: %w", err)
	}
	switch positional := flags.Args(); {
	case len(positional) == 0 || positional[0] != "upgrade" || !*install:
		return command{}, errors.New("the helm command must be the one that is used from now on: write " + form)
	case len(positional) != 3:
		return command{}, fmt.Errorf("helm upgrade takes a release's name and a chart, but has %q", positional[1:])
	default:
		c.release, c.chart = positional[1], positional[2]
	}
	for flag, why := range map[string]string{
		"dry-run":       "the takeover shows what it will do before it does it: leave it out",
		"output":        "the takeover's output is for people: leave it out",
		"force":         "it replaces objects, and a Service would lose its address: leave it out",
		"force-replace": "it replaces objects, and a Service would lose its address: leave it out",
		"reuse-values":  "there is no earlier revision of the chart: leave it out",
		"no-hooks":      "it would hold for this takeover alone: leave it out",
	} {
		if flags.Changed(flag) {
			return command{}, fmt.Errorf("--%s: %s", flag, why)
		}
	}
	c.timeout, _ = flags.GetDuration("timeout")
	c.given = flags.Changed
	flags.Visit(func(f *pflag.Flag) {
		if slices.Contains(globalSwitches, f.Name) || slices.Contains(globalSettings, f.Name) || f.Name == "namespace" {
			c.global = append(c.global, written(f)...)
		}
	})
	return c, nil
}

// flags returns Helm's flags, and where --install will be.
func (c command) flags() (flags *pflag.FlagSet, install *bool) {
	flags = pflag.NewFlagSet("helm", pflag.ContinueOnError)
	flags.Usage = func() {}
	flags.ParseErrorsAllowlist.UnknownFlags = true // those of a Helm to come
	for _, name := range slices.Concat(switches, globalSwitches) {
		flags.Bool(name, false, "")
	}
	for _, name := range slices.Concat(settings, globalSettings) {
		flags.StringArray(name, nil, "")
	}
	install = flags.BoolP("install", "i", false, "")
	flags.StringArrayP("namespace", "n", nil, "")
	flags.StringArrayP("values", "f", nil, "")
	flags.StringArrayP("labels", "l", nil, "")
	flags.StringArrayP("output", "o", nil, "")
	flags.Duration("timeout", helmTimeout, "")
	// A value of these follows "=" alone.
	for _, name := range []string{"dry-run", "wait"} {
		flags.String(name, "", "")
		flags.Lookup(name).NoOptDefVal = "true"
	}
	return flags, install
}

// written returns a flag as it may be given to another command.
func written(f *pflag.Flag) []string {
	values := []string{f.Value.String()}
	if many, ok := f.Value.(pflag.SliceValue); ok {
		values = many.GetSlice()
	}
	var all []string
	for _, value := range values {
		all = append(all, "--"+f.Name+"="+value)
	}
	return all
}

// with returns the arguments of the command with further flags, without those that it has.
func (c command) with(flags ...string) []string {
	args := slices.Clone(c.args)
	for _, flag := range flags {
		name, _, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		if !c.given(name) {
			args = append(args, flag)
		}
	}
	return args
}
