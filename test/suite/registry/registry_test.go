//go:build e2e

package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/wait"
)

// ownerVariable makes this test binary start a registry, print its folder and address and wait to be killed.
const ownerVariable = "SLIPWAY_SUITE_OWN_REGISTRY"

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) != "" {
		own()
	}
	os.Exit(m.Run())
}

func own() {
	r, err := Start(context.Background(), os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(r.folder, r.Address)
	select {}
}

// docker runs a docker command with a configuration of its own, and returns what it printed, errors included.
func docker(t *testing.T, configuration string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", args...)
	cmd.Env = append(os.Environ(), "DOCKER_CONFIG="+configuration)
	output, err := cmd.CombinedOutput()
	t.Logf("docker %s: %v\n%s", strings.Join(args, " "), err, output)
	return string(output), err
}

// The engine of this machine pushes with a password, over TLS that it verifies, and not without.
func TestPush(t *testing.T) {
	r, err := Start(t.Context(), os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	image := r.Address + "/the-project/service:1"
	empty := exec.CommandContext(t.Context(), "docker", "import", "-", image)
	empty.Stdin = strings.NewReader(strings.Repeat("\000", 1024)) // the end of an archive
	output, err := empty.CombinedOutput()
	require.NoError(t, err, string(output))
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", image).Run() })

	said, err := docker(t, t.TempDir(), "push", image)
	require.Error(t, err)
	require.Contains(t, said, "no basic auth credentials")
	_, _, err = r.Manifest(t.Context(), "the-project/service", "1")
	require.ErrorIs(t, err, ErrNotFound)

	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "config.json"), r.DockerConfig(r.Pusher), 0o600))
	said, err = docker(t, folder, "push", image)
	require.NoError(t, err)
	_, digest, err := r.Manifest(t.Context(), "the-project/service", "1")
	require.NoError(t, err)
	require.Contains(t, said, digest)
	tags, err := r.Tags(t.Context(), "the-project/service")
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, tags)
	tags, err = r.Tags(t.Context(), "the-project/other")
	require.NoError(t, err)
	require.Empty(t, tags)

	wrong := Account{User: r.Pusher.User, Password: r.Puller.Password}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "config.json"), r.DockerConfig(wrong), 0o600))
	said, err = docker(t, folder, "push", image)
	require.Error(t, err)
	require.Contains(t, said, "unauthorized")

	// Whom nobody has told of its authority does not trust it.
	require.NoError(t, os.RemoveAll(filepath.Join(engineCertificates, r.Address)))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "config.json"), r.DockerConfig(r.Pusher), 0o600))
	said, err = docker(t, folder, "push", image)
	require.Error(t, err)
	require.Contains(t, said, "x509: certificate signed by unknown authority")
}

func TestStopLeavesNothing(t *testing.T) {
	r, err := Start(t.Context(), os.Stderr)
	require.NoError(t, err)
	require.NoError(t, left(r.folder, r.Address), "the test sees what is there")
	require.NoError(t, r.Stop())
	require.NoError(t, gone(r.folder, r.Address))
}

func TestRegistryDiesWithItsOwner(t *testing.T) {
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=1")
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	var folder, address string
	_, err = fmt.Fscan(stdout, &folder, &address)
	require.NoError(t, err)
	require.NoError(t, left(folder, address))

	require.NoError(t, owner.Process.Kill()) // kill -9: nothing of it runs any more
	require.Error(t, owner.Wait())
	var last error
	err = wait.PollUntilContextTimeout(t.Context(), pollInterval, time.Minute, true, func(context.Context) (bool, error) {
		last = gone(folder, address)
		return last == nil, nil
	})
	require.NoError(t, err, last)
}

// left returns an error unless everything of a running registry is there.
func left(folder, address string) error {
	_, folderErr := os.Stat(folder)
	_, trustErr := os.Stat(filepath.Join(engineCertificates, address))
	return errors.Join(folderErr, trustErr, answers(address))
}

// gone returns an error if anything of a registry is there.
func gone(folder, address string) error {
	for _, path := range []string{folder, filepath.Join(engineCertificates, address)} {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("%s is there", path)
		}
	}
	if answers(address) == nil {
		return fmt.Errorf("%s answers", address)
	}
	return nil
}

// answers returns an error unless somebody listens at the address.
func answers(address string) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}
