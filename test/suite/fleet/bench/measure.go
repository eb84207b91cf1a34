package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// cost is what a command took for some releases, each for some versions of Kubernetes.
type cost struct {
	releases, versions int
	clock              time.Duration
	// processor time of the command and all that it started. It says more than the time on the clock where the machine has
	// other work.
	processor time.Duration
	memory    int64 // bytes of the largest process
	steps     map[string]time.Duration
}

// clockEach is the time on the clock for one release in one version.
func (c cost) clockEach() time.Duration { return c.clock / time.Duration(c.releases*c.versions) }

// processorEach is the processor time for one release in one version.
func (c cost) processorEach() time.Duration {
	return c.processor / time.Duration(c.releases*c.versions)
}

// measure runs a command and returns what it took and what it printed, to both outputs.
func measure(command *exec.Cmd, releases, versions int) (cost, string, error) {
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	began := time.Now()
	err := command.Run()
	took := cost{releases: releases, versions: versions, clock: time.Since(began), steps: steps(out.String())}
	if command.ProcessState != nil {
		took.processor = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
			took.memory = usage.Maxrss << 10 // as Linux counts it
		}
	}
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", command, err, out.String())
	}
	return took, out.String(), err
}

var step = regexp.MustCompile(`(?m)^  ([a-z]+) +(\S+)$`)

// steps returns what slipway check --stats says of where the time went.
func steps(out string) map[string]time.Duration {
	spent := map[string]time.Duration{}
	for _, match := range step.FindAllStringSubmatch(out, -1) {
		if took, err := time.ParseDuration(match[2]); err == nil {
			spent[match[1]] = took
		}
	}
	return spent
}
