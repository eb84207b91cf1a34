package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readme(t *testing.T) string {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}

// firstGroups returns what the pattern's group matches in the text, match by match.
func firstGroups(pattern, text string) []string {
	var groups []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		groups = append(groups, match[1])
	}
	return groups
}

// Runs the shell blocks as they stand, but on a free port: 8080 may be taken.
func TestReadmeCommands(t *testing.T) {
	blocks := firstGroups("(?s)```sh\n(.*?)```", readme(t))
	require.Len(t, blocks, 2, "one that serves and one that asks")

	serve := exec.Command("sh", "-c", blocks[0])
	serve.Env = append(os.Environ(), "PORT=0")
	serve.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches the whole group too.
	p := start(t, serve)
	group := -p.Process.Pid
	t.Cleanup(func() { _ = syscall.Kill(group, syscall.SIGKILL) })
	address := localAddress(t, p.log.waitFor(t, "serving").Address)

	require.Contains(t, blocks[1], "http://localhost:8080/")
	ask := strings.ReplaceAll(blocks[1], "localhost:8080", address)
	answers, err := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(ask, "curl ", curl(t)+" --silent --show-error --fail ")).CombinedOutput()
	require.NoError(t, err, string(answers))
	assert.Contains(t, string(answers), `"message":"hello from dev"`)
	assert.Contains(t, string(answers), `"received":5`)
	assert.Contains(t, string(answers), `"status":"ready"`)

	require.NoError(t, syscall.Kill(group, syscall.SIGINT))
	p.log.waitFor(t, "drained")
	p.end(t)
}

// curl returns a command that does what README uses curl for: curl, or this test's own binary on a machine without it.
func curl(t *testing.T) string {
	if _, err := exec.LookPath("curl"); err == nil {
		return "curl"
	}
	self, err := os.Executable()
	require.NoError(t, err)
	return askVariable + "=true " + self
}

// askVariable makes the test's binary ask as curl does, instead of testing.
const askVariable = "ASK_AS_CURL"

// askAsCurl sends what curl would send for `[--data TEXT] [OPTION…] URL`, prints the answer, and fails for an error status.
func askAsCurl(arguments []string) error {
	url := arguments[len(arguments)-1]
	method, body := http.MethodGet, ""
	if i := slices.Index(arguments, "--data"); i >= 0 {
		method, body = http.MethodPost, arguments[i+1]
	}
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return errors.New(response.Status)
	}
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func TestReadmeListsEveryVariable(t *testing.T) {
	var asked []string
	_, err := readEnvironment(func(name string) string {
		asked = append(asked, name)
		return map[string]string{"BASE_PATH": basePath, "CONFIG": "x.yml"}[name]
	})
	require.NoError(t, err)
	assert.Equal(t, asked, firstGroups("(?m)^\\| `([A-Z_]+)` \\|", readme(t)))
}

func TestReadmeListsEveryEndpoint(t *testing.T) {
	var routes []string
	for _, route := range newTestAPI(t).Routes() {
		routes = append(routes, route.Method+" "+strings.Replace(route.Path, basePath, "BASE_PATH", 1))
	}
	assert.ElementsMatch(t, routes, firstGroups("(?m)^\\| `([A-Z]+ [/A-Za-z_]+)` \\|", readme(t)))
}
