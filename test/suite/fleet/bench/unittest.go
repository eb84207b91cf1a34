package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// unittest is helm-unittest, which renders a chart for each of its tests.
type unittest struct {
	program string
	bench   *bench
}

// newUnittest builds helm-unittest where it is missing.
func (b *bench) newUnittest() (unittest, error) {
	program, err := b.peer("helm-unittest")
	return unittest{program: program, bench: b}, err
}

// suiteOfTests is a file of tests of helm-unittest, each of which renders all templates with a release's values and asks
// one thing.
type suiteOfTests struct {
	Suite string    `json:"suite"`
	Tests []oneTest `json:"tests"`
}

type oneTest struct {
	It      string            `json:"it"`
	Release map[string]string `json:"release"`
	Values  []string          `json:"values"`
	Set     map[string]string `json:"set"`
	Asserts []map[string]any  `json:"asserts"`
}

// over tests the services of a tree, each of whose releases must have a Deployment, or another kind for a control.
func (u unittest) over(tree, kind string, services []int, flags ...string) (*exec.Cmd, error) {
	suite := suiteOfTests{Suite: "fleet"}
	for _, i := range services {
		for _, environment := range environments {
			deploy := filepath.Join(tree, serviceName(i), "deploy")
			suite.Tests = append(suite.Tests, oneTest{
				It:      serviceName(i) + " in " + environment,
				Release: map[string]string{"name": serviceName(i)},
				Values:  []string{filepath.Join(deploy, "values.yaml"), filepath.Join(deploy, "values-"+environment+".yaml")},
				Set:     map[string]string{"image.tag": environment + "-1"},
				Asserts: []map[string]any{{"template": "templates/deployment.yaml", "isKind": map[string]string{"of": kind}}},
			})
		}
	}
	text, err := json.Marshal(suite) // which is YAML
	if err != nil {
		return nil, err
	}
	file, err := u.bench.write(filepath.Base(tree)+"_"+kind+"_test.yaml", string(text))
	if err != nil {
		return nil, err
	}
	return exec.Command(u.program, append(flags, "--file", file, u.bench.chart)...), nil
}

// compareUnittest measures helm-unittest, as it is and without the schema of the values, and slipway check in one process
// and for one version: each renders once for a release.
func (b *bench) compareUnittest(u unittest, services []int) (theirs, withoutSchema, ours cost, err error) {
	tree, err := b.generate("unittest", services)
	if err != nil {
		return theirs, withoutSchema, ours, err
	}
	releases := len(services) * len(environments)
	tests := func(flags ...string) (cost, error) {
		command, err := u.over(tree, "Deployment", services, flags...)
		if err != nil {
			return cost{}, err
		}
		took, out, err := measure(command, releases, 1)
		if passed := fmt.Sprintf("%d passed, %d total\nSnapshot", releases, releases); err == nil && !strings.Contains(out, passed) {
			err = fmt.Errorf("helm-unittest has not passed %d tests:\n%s", releases, out)
		}
		return took, err
	}
	if theirs, err = tests(); err != nil {
		return theirs, withoutSchema, ours, err
	}
	if withoutSchema, err = tests("--skip-schema-validation"); err != nil {
		return theirs, withoutSchema, ours, err
	}
	ours, out, err := measure(b.check(tree, 1, "--kubernetes", "1.37"), releases, 1)
	fmt.Printf("## helm-unittest, one process: %d tests, each of which renders a release\n%s\nwith --skip-schema-validation: %s\nslipway check of the same, one worker and one version: %s\n%s\n",
		releases, theirs, withoutSchema, ours, out)
	return theirs, withoutSchema, ours, err
}
