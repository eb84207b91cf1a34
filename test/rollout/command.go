package rollout

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"helm.sh/helm/v3/pkg/cli"
)

// defaultTimeout is that of Helm, 3 and 4, for each of its operations.
const defaultTimeout = 5 * time.Minute

// command is a helm command that installs or upgrades a release, as far as it has to be understood.
type command struct {
	// args are what follows the program, as given.
	args []string
	// program is the helm that was named.
	program helm
	// settings say which cluster, as Helm itself takes them from flags and environment.
	settings *cli.EnvSettings

	release, namespace string
	// goesBack says that Helm undoes what fails: --atomic, --rollback-on-failure.
	goesBack        bool
	createNamespace bool
	// writesNothing: --dry-run, --help.
	writesNothing bool
	// timeout of each of Helm's operations.
	timeout time.Duration
}

// programName is what helm may be called on PATH.
var programName = regexp.MustCompile(`^helm[-.0-9v]*$`)

// parse understands a command line, program first. The error says what is wrong with it, and what to write instead.
func parse(ctx context.Context, line []string) (*command, error) {
	if len(line) == 0 || !programName.MatchString(filepath.Base(line[0])) {
		return nil, notHelm(line)
	}
	c := &command{args: line[1:]}
	flags, err := c.parseFlags("upgrade")
	if err == nil && slices.Index(flags.Args(), "install") == 0 {
		flags, err = c.parseFlags("install")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(line, " "), err)
	}
	words := flags.Args()
	if len(words) == 0 || words[0] != "upgrade" && words[0] != "install" {
		return nil, notHelm(line)
	}
	c.writesNothing = flags.isOn("help") || flags.isOn("dry-run") && !slices.Contains([]string{"none", "false"}, flags.value("dry-run"))
	if !c.writesNothing && len(words) != 3 {
		return nil, fmt.Errorf("%s: cannot tell which release this deploys; write `helm %s RELEASE CHART` and its flags, with a name for the release", strings.Join(line, " "), words[0])
	}
	if len(words) > 1 {
		c.release = words[1]
	}
	c.goesBack = flags.isOn("atomic") || flags.isOn("rollback-on-failure")
	c.createNamespace = flags.isOn("create-namespace")
	c.namespace = c.settings.Namespace()
	c.timeout = defaultTimeout
	if timeout := flags.value("timeout"); timeout != "" {
		if c.timeout, err = time.ParseDuration(timeout); err != nil {
			return nil, fmt.Errorf("--timeout: %w", err)
		}
	}
	if driver := os.Getenv("HELM_DRIVER"); !slices.Contains([]string{"", "secret", "secrets"}, driver) {
		return nil, fmt.Errorf("HELM_DRIVER=%s: only releases that Helm keeps in Secrets, as it does by default, can be followed", driver)
	}
	path, err := exec.LookPath(line[0])
	if err != nil {
		return nil, err
	}
	c.program = helm{path: path, namespace: c.namespace, connection: flags.connection()}
	c.program.major, err = majorVersion(ctx, path)
	return c, err
}

func notHelm(line []string) error {
	return fmt.Errorf("%q is no `helm upgrade` and no `helm install`, which is what can be followed; write `slipway rollout -- helm upgrade --install RELEASE CHART`", strings.Join(line, " "))
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

// flags are those of one helm command line.
type flags struct {
	*pflag.FlagSet
	// settings are the names of the flags that say which cluster.
	settings map[string]bool
}

// parseFlags parses the flags of helm upgrade or helm install, wherever they are. One that no Helm of today has is passed
// on like all others, and is taken to have a value if the next word is no flag.
func (c *command) parseFlags(verb string) (flags, error) {
	f := flags{FlagSet: pflag.NewFlagSet("helm", pflag.ContinueOnError), settings: map[string]bool{}}
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.Usage = func() {}
	c.settings = cli.New()
	c.settings.AddFlags(f.FlagSet)
	f.VisitAll(func(flag *pflag.Flag) { f.settings[flag.Name] = true })
	for _, known := range helmFlags {
		if f.Lookup(known.name) != nil || known.verb != "" && known.verb != verb {
			continue
		}
		f.StringArrayP(known.name, known.short, nil, "")
		if !known.takesValue {
			f.Lookup(known.name).NoOptDefVal = "true"
		}
	}
	err := f.Parse(c.args)
	if errors.Is(err, pflag.ErrHelp) {
		err = nil
	}
	return f, err
}

// value is what a flag was last set to; empty if it is not there.
func (f flags) value(name string) string {
	values, err := f.GetStringArray(name)
	if err != nil || len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// isOn says whether a flag is there and not set to false.
func (f flags) isOn(name string) bool {
	value := f.value(name)
	on, err := strconv.ParseBool(value)
	return value != "" && (err != nil || on)
}

// connection returns the flags that lead another helm command to the same cluster with the same credentials.
func (f flags) connection() []string {
	var args []string
	f.Visit(func(flag *pflag.Flag) {
		if !f.settings[flag.Name] || flag.Name == "namespace" || flag.Name == "debug" {
			return
		}
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			args = append(args, "--"+flag.Name+"="+value)
		}
	})
	return args
}
