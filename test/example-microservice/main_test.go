package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
)

// deadline is how long a test waits for what should come at once: enough for a busy machine.
const deadline = time.Minute

// buildDirectory is where binary builds to.
var buildDirectory string

func TestMain(m *testing.M) {
	if os.Getenv(askVariable) != "" {
		if err := askAsCurl(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	gin.SetMode(gin.TestMode)
	var err error
	if buildDirectory, err = os.MkdirTemp("", "example-microservice-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(buildDirectory)
	os.Exit(code)
}

// build runs the Dockerfile's own build command, for version dev-1001 and revision 0123abc.
var build = sync.OnceValue(func() error {
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		return err
	}
	command := regexp.MustCompile(`CGO_ENABLED=0 go build .* -o /out/example-microservice .*`).FindString(string(dockerfile))
	if command == "" {
		return fmt.Errorf("the Dockerfile has no go build command")
	}
	shell := exec.Command("sh", "-ec", strings.Replace(command, "/out", buildDirectory, 1))
	shell.Env = append(os.Environ(), "VERSION=dev-1001", "REVISION=0123abc")
	if output, err := shell.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, output)
	}
	return nil
})

// binary returns the path of the service's binary, as the Dockerfile builds it.
func binary(t *testing.T) string {
	t.Helper()
	require.NoError(t, build())
	return filepath.Join(buildDirectory, "example-microservice")
}
