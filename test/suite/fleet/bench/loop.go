package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

//go:embed loop.sh
var loopScript string

// loop is what people write today: helm template, piped to kubeconform, for each release and version.
type loop struct {
	script, schemas, path string
	bench                 *bench
}

// newLoop writes the schemas, and builds Helm and kubeconform where they are missing.
func (b *bench) newLoop() (loop, error) {
	l := loop{bench: b, schemas: filepath.Join(b.dir, "schemas")}
	if err := writeSchemas(l.schemas); err != nil {
		return l, err
	}
	var err error
	if l.script, err = b.write("loop.sh", loopScript); err != nil {
		return l, err
	}
	helm, err := printed(exec.Command(b.slipway, "tool", "helm3"))
	if err != nil {
		return l, err
	}
	kubeconform, err := b.peer("kubeconform")
	if err != nil {
		return l, err
	}
	l.path = strings.Join([]string{filepath.Dir(helm), filepath.Dir(kubeconform), os.Getenv("PATH")}, string(os.PathListSeparator))
	return l, nil
}

// peer returns the path of a program that the module of peers pins, which is built if it is missing.
func (b *bench) peer(name string) (string, error) {
	return printed(exec.Command("go", "-C", b.peers, "tool", "-n", name))
}

// printed returns what a command prints to standard output, without the line's end.
func printed(command *exec.Cmd) (string, error) {
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// over goes over the services of a tree, as many loops side by side as slipway has workers, each for one version.
func (l loop) over(tree string) *exec.Cmd {
	command := exec.Command("xargs", "-P", fmt.Sprint(l.bench.workers), "-n", "1", "bash", l.script)
	command.Dir = tree
	command.Env = append(os.Environ(), "PATH="+l.path, "CHART="+l.bench.chart, "SCHEMAS="+l.schemas)
	var names []string
	for _, release := range catalogue.Releases {
		names = append(names, strings.TrimPrefix(release.Version, "v"))
	}
	command.Stdin = strings.NewReader(strings.Join(names, "\n"))
	return command
}

var conforms = regexp.MustCompile(`(?m)^Summary: \d+ resources? found parsing stdin - Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0$`)

// valid returns of how many releases kubeconform has said that all objects are valid, and that there are some.
func valid(out string) int { return len(conforms.FindAllString(out, -1)) }

// compareLoop measures the loop, and slipway check over the same services.
func (b *bench) compareLoop(l loop, services []int) (theirs, ours cost, err error) {
	tree, err := b.generate("loop", services)
	if err != nil {
		return theirs, ours, err
	}
	releases := len(services) * len(environments)
	theirs, out, err := measure(l.over(tree), releases, versions)
	if err != nil {
		return theirs, ours, err
	}
	if found := valid(out); found != releases*versions {
		return theirs, ours, fmt.Errorf("the loop found %d of %d releases valid:\n%s", found, releases*versions, out)
	}
	ours, _, err = measure(b.check(tree, b.workers), releases, versions)
	fmt.Printf("## %s, %d loops side by side: %d services x %d environments x %d versions of Kubernetes\n%s\nslipway check of the same: %s\n\n",
		"helm template | kubeconform -strict", b.workers, len(services), len(environments), versions, theirs, ours)
	return theirs, ours, err
}
