package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// process is the service's binary while it runs.
type process struct {
	*exec.Cmd
	log    *logReader
	stdout *bytes.Buffer
}

// startProcess starts the binary with the variables NAME=value and no others.
func startProcess(t *testing.T, variables ...string) process {
	command := exec.Command(binary(t))
	command.Env = variables
	return start(t, command)
}

// start starts a command that runs the service.
func start(t *testing.T, command *exec.Cmd) process {
	stdout := new(bytes.Buffer)
	command.Stdout = stdout
	stderr, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	return process{command, readLog(t, stderr), stdout}
}

// end waits until the process ended, and returns the log lines that were not read and the exit code.
func (p process) end(t *testing.T) ([]string, int) {
	rest := p.log.rest(t)
	_ = p.Wait() // Its error is the exit code.
	assert.Empty(t, p.stdout.String(), "all that the service says is in its log")
	return rest, p.ProcessState.ExitCode()
}

// settings are the variables of a process that serves on a free port.
func settings(more ...string) []string {
	return append([]string{"BASE_PATH=" + basePath, "CONFIG=config/dev_config.yml", "PORT=0", "AGENT=pod-1"}, more...)
}

// localAddress is where a server that listens on all addresses is reached from here.
func localAddress(t *testing.T, address string) string {
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return net.JoinHostPort("localhost", port)
}

func TestProcessServes(t *testing.T) {
	p := startProcess(t, settings()...)
	starting := p.log.waitFor(t, "starting")
	assert.Equal(t, "dev-1001", starting.Version)
	assert.Equal(t, "0123abc", starting.Revision)

	answer, err := http.Get("http://" + localAddress(t, p.log.waitFor(t, "serving").Address) + basePath)
	require.NoError(t, err)
	defer answer.Body.Close()
	var got map[string]string
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&got))
	assert.Equal(t, map[string]string{"agent": "pod-1", "version": "dev-1001", "message": "hello from dev"}, got)
}

func TestProcessDrains(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			p := startProcess(t, settings("SHUTDOWN_TIMEOUT="+deadline.String())...)
			running := startUpload(t, localAddress(t, p.log.waitFor(t, "serving").Address))
			require.NoError(t, p.Process.Signal(signal))
			p.log.waitFor(t, "draining")
			running.finish(t)
			p.log.waitFor(t, "drained")
			_, code := p.end(t)
			assert.Equal(t, 0, code)
		})
	}
}

func TestProcessDebugs(t *testing.T) {
	for debug, want := range map[string]bool{"true": true, "false": false} {
		t.Run(debug, func(t *testing.T) {
			p := startProcess(t, settings("DEBUG="+debug)...)
			p.log.waitFor(t, "serving")
			require.NoError(t, p.Process.Signal(syscall.SIGTERM))
			p.end(t)
			assert.Equal(t, want, strings.Contains(p.log.all(), `"msg":"gin: `))
		})
	}
}

func TestProcessCutsWhatRunsTooLong(t *testing.T) {
	p := startProcess(t, settings("DEBUG=true", "SHUTDOWN_TIMEOUT=50ms")...)
	address := localAddress(t, p.log.waitFor(t, "serving").Address)
	failed := make(chan error, 1)
	go func() {
		answer, err := http.Get("http://" + address + basePath + "?delay=" + maxDelay.String())
		if err == nil {
			_ = answer.Body.Close()
		}
		failed <- err
	}()
	p.log.waitFor(t, "delaying the answer")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	require.Error(t, <-failed)
	assert.Contains(t, p.log.waitFor(t, "ended with an error").Error, "SHUTDOWN_TIMEOUT=50ms")
	_, code := p.end(t)
	assert.Equal(t, 1, code)
}

func TestProcessEndsAtOnceAtASecondSignal(t *testing.T) {
	p := startProcess(t, settings("SHUTDOWN_TIMEOUT=1h")...)
	running := startUpload(t, localAddress(t, p.log.waitFor(t, "serving").Address))
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.log.waitFor(t, "draining")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Contains(t, p.log.waitFor(t, "ended with an error").Error, "a second signal (terminated)")
	running.expectCut(t)
	_, code := p.end(t)
	assert.Equal(t, 1, code)
}

func TestProcessRefusesToStart(t *testing.T) {
	taken, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)

	for _, test := range []struct {
		name      string
		variables []string
		want      string
	}{
		{"nothing set", nil, "BASE_PATH is missing: write a path such as /example/api/endpoint: / first and not last, " +
			"only letters, digits and -._~ between, and none of /healthz, /readyz, /metrics; " +
			"CONFIG is missing: write the path of the configuration file, such as config/dev_config.yml"},
		{"wrong variable", settings("PORT=http"), `PORT="http" is wrong: write a whole number from 0 to 65535, such as 8080 (0: any free port)`},
		{"no file", settings("CONFIG=none.yml"), "CONFIG=none.yml: open none.yml: no such file or directory: " +
			"write the path of a file that the service can read"},
		{"wrong file", settings("CONFIG=README.md"), "CONFIG=README.md: "},
		{"port taken", settings("PORT=" + port), "PORT=" + port + ": listen tcp :" + port + ": bind: address already in use: " +
			"write a port that is free and that the user may open"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := startProcess(t, test.variables...)
			lines, code := p.end(t)
			assert.Equal(t, 1, code)
			var failures []logEntry
			for _, line := range lines {
				var entry logEntry
				require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
				if entry.Level == "error" {
					failures = append(failures, entry)
				}
			}
			require.Len(t, failures, 1)
			assert.Empty(t, failures[0].Stacktrace, "it is a mistake in a setting, not in the code")
			assert.Contains(t, failures[0].Error, test.want)
		})
	}
}
