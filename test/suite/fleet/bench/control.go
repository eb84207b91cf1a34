package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An object of the service's own, as it should be and with a field that no version of Kubernetes knows; and a key that the
// chart does not.
const (
	goodObject = "extraObjects:\n  control:\n    apiVersion: v1\n    kind: ConfigMap\n    data: {key: value}\n"
	badObject  = "extraObjects:\n  control:\n    apiVersion: v1\n    kind: ConfigMap\n    dta: {key: value}\n"
	badKey     = "replcas: 2\n"
)

// control fails unless all that is measured admits what is right, and refuses what is wrong for the right reason, each
// release in each version.
func (b *bench) control(l loop, u unittest) error {
	services := every(b.services, 1)
	tests := func(tree, kind string) *exec.Cmd {
		command, err := u.over(tree, kind, services)
		if err != nil {
			return &exec.Cmd{Err: err}
		}
		return command
	}
	each := len(environments) * versions
	for _, c := range []struct {
		name, values string
		command      func(tree string) *exec.Cmd
		refusal      string // "" where it must be admitted
		times        int
	}{
		{"check-good", goodObject, func(tree string) *exec.Cmd { return b.check(tree, b.workers) }, "", 0},
		{"check-object", badObject, func(tree string) *exec.Cmd { return b.check(tree, b.workers) }, `unknown field "dta"`, 1},
		{"check-key", badKey, func(tree string) *exec.Cmd { return b.check(tree, b.workers) }, "did you mean replicas?", 1},
		{"loop-good", goodObject, l.over, "", 0},
		{"loop-object", badObject, l.over, "additional properties 'dta' not allowed", each},
		{"loop-key", badKey, l.over, "additional properties 'replcas' not allowed", each},
		{"unittest-good", goodObject, func(tree string) *exec.Cmd { return tests(tree, "Deployment") }, "", 0},
		{"unittest-kind", goodObject, func(tree string) *exec.Cmd { return tests(tree, "Service") }, "isKind` fail", len(environments)},
		{"unittest-key", badKey, func(tree string) *exec.Cmd { return tests(tree, "Deployment") }, "additional properties 'replcas' not allowed", len(environments)},
	} {
		tree, err := b.generate(c.name, services)
		if err != nil {
			return err
		}
		file, err := os.OpenFile(filepath.Join(tree, serviceName(services[0]), "deploy", "values.yaml"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = file.WriteString(c.values)
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
		_, out, err := measure(c.command(tree), len(environments), versions)
		switch {
		case c.refusal == "" && err != nil:
			return fmt.Errorf("control %s should be admitted: %w", c.name, err)
		case c.refusal != "" && (err == nil || strings.Count(out, c.refusal) < c.times):
			return fmt.Errorf("control %s should be refused with %q, %d times or more:\n%s", c.name, c.refusal, c.times, out)
		}
	}
	fmt.Print("controls: slipway check, the loop and helm-unittest admit what is right, and refuse what is wrong\n\n")
	return nil
}
