//go:build e2e

package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pipelineTimeout bounds a pipeline: many times what one takes (half a minute).
const pipelineTimeout = 15 * time.Minute

// pipeline is one that has run.
type pipeline struct {
	// id is CI_PIPELINE_ID.
	id int
	// green says that no job failed.
	green bool
	// jobs that ran, by name.
	jobs map[string]job
	// output is all that the jobs and their executor printed.
	output string
	// processes are the command lines seen meanwhile, but those of executors: they stand for GitLab's runner, which hands a
	// job's variables to the engine by its API.
	processes []string
	took      time.Duration
}

// job of a pipeline.
type job struct {
	green bool
	took  time.Duration
	log   string
}

// tag is that of the image that the pipeline of a branch has made.
func (p pipeline) tag(branch string) string { return branch + "-" + strconv.Itoa(p.id) }

// run runs the pipeline of the branch that is checked out, with manual jobs if any are named.
func (s service) run(manual ...string) pipeline {
	s.t.Helper()
	args := []string{}
	for _, name := range manual {
		args = append(args, "--manual", name)
	}
	return s.execute(args...)
}

// runJob runs one job of the newest pipeline of the branch that is checked out, as a click on it does.
func (s service) runJob(name string) pipeline {
	s.t.Helper()
	return s.execute(name)
}

func (s service) execute(args ...string) pipeline {
	s.t.Helper()
	s.writeVariables()
	require.NoError(s.t, os.RemoveAll(filepath.Join(s.folder, stateFolder, "output")))
	ctx, cancel := context.WithTimeout(s.t.Context(), pipelineTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, gitlabCILocal, append(args,
		"--network", "host", "--volume", "/var/run/docker.sock:/var/run/docker.sock",
		"--helper-image", helperImage, "--pull-policy", "if-not-present", "--mount-cache",
		"--no-color", "--max-job-name-padding", "0", "--no-artifacts-to-source",
		"--ignore-predefined-vars", strings.Join(s.overridden(), ","))...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "HOME="+s.home)
	// A session of its own, by which its processes are told from the jobs'. It removes its containers when it is told to
	// end, which the kernel does where this process is killed.
	runtime.LockOSThread() // the kernel goes by the thread
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	began := time.Now()
	require.NoError(s.t, cmd.Start())
	sampling, stop := context.WithCancel(ctx)
	defer stop()
	executors.Store(cmd.Process.Pid, true)
	defer executors.Delete(cmd.Process.Pid)
	seen := processes(sampling, func(session int) bool { _, one := executors.Load(session); return one })
	err := cmd.Wait()
	stop()
	p := pipeline{green: err == nil, output: noise.ReplaceAllString(output.String(), ""), processes: seen(), took: time.Since(began), jobs: map[string]job{}}
	s.t.Logf("gitlab-ci-local %s: %v\n%s", strings.Join(args, " "), err, p.output)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	p.id = s.pipelineID()
	p.readJobs(s.t, s.folder)
	return p
}

// finished is what the executor prints at the end of a job; one that failed has its exit code after that.
var finished = regexp.MustCompile(`(?m)^(\S+) +finished in ([0-9.]+ [^\s.]+)( +(?:FAIL|WARN) +\d+)?`)

// noise is what the executor says about every file that has inputs: the suite's other half checks those.
var noise = regexp.MustCompile(`(?m)^ *WARN +spec:inputs:regex is currently not supported.*\n`)

// executors are the sessions of the executors that run now.
var executors sync.Map

// readJobs finds out which jobs ran and how they ended.
func (p *pipeline) readJobs(t *testing.T, folder string) {
	t.Helper()
	for _, match := range finished.FindAllStringSubmatch(p.output, -1) {
		if match[1] == "pipeline" {
			continue
		}
		took, err := duration(match[2])
		require.NoError(t, err)
		log, err := os.ReadFile(filepath.Join(folder, stateFolder, "output", match[1]+".log"))
		require.NoError(t, err)
		p.jobs[match[1]] = job{green: !strings.Contains(match[3], "FAIL"), took: took, log: string(log)}
	}
}

// duration reads what the executor prints, such as "1.23 s", "340 ms" or "2.1 min".
func duration(text string) (time.Duration, error) {
	number, unit, _ := strings.Cut(text, " ")
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, err
	}
	units := map[string]time.Duration{"ns": time.Nanosecond, "μs": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour}
	if units[unit] == 0 {
		return 0, fmt.Errorf("%q: unknown unit", text)
	}
	return time.Duration(value * float64(units[unit])), nil
}

// pipelineID of the newest pipeline: CI_PIPELINE_ID counts from 1000 in each repository.
func (s service) pipelineID() int {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join(s.folder, stateFolder, "state.yml"))
	require.NoError(s.t, err)
	match := regexp.MustCompile(`pipelineIid: (\d+)`).FindSubmatch(content)
	require.NotNil(s.t, match, string(content))
	iid, err := strconv.Atoi(string(match[1]))
	require.NoError(s.t, err)
	return 1000 + iid
}
