// Package helm is about a helm command that somebody has written: which release it deploys, into which cluster and with
// which Helm; how that Helm is run; and what it keeps of the release. Helm 3 and Helm 4 are run, not linked.
package helm

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"helm.sh/helm/v3/pkg/cli"
)

// DefaultTimeout is that of Helm, 3 and 4, for each of its operations.
const DefaultTimeout = 5 * time.Minute

// ErrNotHelm is the error of a command line whose program is none that is called helm, or that is empty.
var ErrNotHelm = errors.New("no helm command")

// programName is what helm may be called: helm, helm4, helm-v4.3.1.
var programName = regexp.MustCompile(`^helm[-.0-9v]*$`)

// Command is the command line of a `helm upgrade`, `helm install` or `helm rollback`, as far as it has to be understood.
type Command struct {
	// Program is helm as it was named, and Args are what follows it.
	Program string
	Args    []string
	// Words are what is neither a flag nor a flag's value: the verb, the release, the chart.
	Words []string
	// Namespace of the release, as Helm itself takes it from flags, environment and kubeconfig.
	Namespace string
	// Timeout of each of Helm's operations.
	Timeout time.Duration

	flags *pflag.FlagSet
	// settings say which cluster, as Helm itself takes them from flags and environment.
	settings *cli.EnvSettings
	// connecting are the names of the flags that do.
	connecting []string
}

// Parse reads a command line, the program first. Flags that none of these verbs has in any Helm of today are passed on like all
// others, and are taken to have a value if the next word is no flag. The error is ErrNotHelm, or says which flag is wrong.
func Parse(line []string) (*Command, error) {
	if len(line) == 0 || !programName.MatchString(filepath.Base(line[0])) {
		return nil, ErrNotHelm
	}
	c := &Command{Program: line[0], Args: line[1:]}
	err := c.parseFlags("upgrade")
	if err == nil && slices.Index(c.flags.Args(), "install") == 0 {
		err = c.parseFlags("install")
	}
	if err != nil {
		return nil, err
	}
	c.Words, c.Namespace = c.flags.Args(), c.settings.Namespace()
	c.Timeout, err = c.flags.GetDuration(timeoutFlag)
	return c, err
}

// parseFlags parses the flags of helm upgrade or helm install, wherever they are.
func (c *Command) parseFlags(verb string) error {
	c.flags, c.connecting = pflag.NewFlagSet("helm", pflag.ContinueOnError), nil
	c.flags.ParseErrorsAllowlist.UnknownFlags = true // those of a Helm to come
	c.flags.Usage = func() {}
	c.settings = cli.New()
	c.settings.AddFlags(c.flags)
	c.flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "namespace" && flag.Name != "debug" {
			c.connecting = append(c.connecting, flag.Name)
		}
	})
	c.flags.Duration(timeoutFlag, DefaultTimeout, "")
	for _, known := range helmFlags {
		if c.flags.Lookup(known.name) != nil || known.verb != "" && known.verb != verb {
			continue
		}
		c.flags.StringArrayP(known.name, known.short, nil, "")
		if !known.takesValue {
			c.flags.Lookup(known.name).NoOptDefVal = "true"
		}
	}
	err := c.flags.Parse(c.Args)
	if errors.Is(err, pflag.ErrHelp) {
		return nil
	}
	return err
}

// Given says whether a flag is there, by its long name.
func (c *Command) Given(flag string) bool { return c.flags.Changed(flag) }

// Value is what a flag was last set to; empty if it is not there.
func (c *Command) Value(flag string) string {
	values, err := c.flags.GetStringArray(flag)
	if err != nil || len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// IsOn says whether a flag is there and not set to false.
func (c *Command) IsOn(flag string) bool {
	value := c.Value(flag)
	on, err := strconv.ParseBool(value)
	return value != "" && (err != nil || on)
}

// ReadsInput says whether helm reads values from its standard input: --values -, --set-file name=-.
func (c *Command) ReadsInput() bool {
	values, _ := c.flags.GetStringArray("values")
	files, _ := c.flags.GetStringArray("set-file")
	return slices.Contains(values, "-") || slices.ContainsFunc(files, func(file string) bool { return strings.HasSuffix(file, "=-") })
}

// connection returns the flags that lead another helm command to the same cluster with the same credentials.
func (c *Command) connection() []string {
	var args []string
	c.flags.Visit(func(flag *pflag.Flag) {
		if !slices.Contains(c.connecting, flag.Name) {
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
