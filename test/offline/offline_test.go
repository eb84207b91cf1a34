//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// reports is the environment variable with which this test's binary says what it reaches.
const reports = "SLIPWAY_TEST_REPORTS"

// reached is what a program sees of the network.
type reached struct {
	Namespace  string
	Interfaces []string
	User       int
	// What failed; nothing if it did not.
	Address, Name, Loopback string
}

func TestMain(m *testing.M) {
	if os.Getenv(reports) == "" {
		os.Exit(m.Run())
	}
	if err := json.NewEncoder(os.Stdout).Encode(look()); err != nil {
		panic(err)
	}
}

// look asks for an address that nobody has (RFC 5737) and for a name, and for a server of its own.
func look() (r reached) {
	said := func(err error) string {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	r.User = os.Getuid()
	r.Namespace, _ = os.Readlink("/proc/self/ns/net")
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		r.Interfaces = append(r.Interfaces, i.Name)
	}
	if os.Getenv(reports) == "all" {
		_, err := net.Dial("tcp", "192.0.2.1:80")
		r.Address = said(err)
		_, err = net.DefaultResolver.LookupHost(context.Background(), "example.com")
		r.Name = said(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		_, err = net.Dial("tcp", listener.Addr().String())
	}
	r.Loopback = said(err)
	return r
}

// build returns the command's path, where any user may run it.
func build(t *testing.T) string {
	folder := t.TempDir()
	for path := folder; path != filepath.Clean(os.TempDir()); path = filepath.Dir(path) {
		require.NoError(t, os.Chmod(path, 0o755))
	}
	command := filepath.Join(folder, "offline")
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", command, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return command
}

// report runs this test's binary as a program that looks around, as another user if that is not 0.
func report(t *testing.T, how string, user uint32, wrapper ...string) reached {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "program")
	content, err := os.ReadFile(self)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(copied, content, 0o755))
	for path := filepath.Dir(copied); path != filepath.Clean(os.TempDir()); path = filepath.Dir(path) {
		require.NoError(t, os.Chmod(path, 0o755))
	}
	command := exec.Command(append(wrapper, copied)[0], append(wrapper, copied)[1:]...)
	command.Env = append(os.Environ(), reports+"="+how)
	if user != 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	output, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		t.Fatalf("%v\n%s", err, failed.Stderr)
	}
	require.NoError(t, err)
	var r reached
	require.NoError(t, json.Unmarshal(output, &r))
	return r
}

func TestNothingIsReachedButTheLoopback(t *testing.T) {
	offline := build(t)
	if output, err := exec.Command(offline, "true").CombinedOutput(); err != nil {
		// Then this is what is to be seen of it, and `make` says that tests run with the network.
		t.Logf("%s", output)
		require.Contains(t, string(output), "this system gives no network namespace")
		require.Equal(t, cannot, exitCode(t, err))
		return
	}
	here, err := os.Readlink("/proc/self/ns/net")
	require.NoError(t, err)
	users := []uint32{0}
	if os.Getuid() == 0 {
		users = append(users, 65534)
	}
	for _, user := range users {
		r := report(t, "all", user, offline)
		require.NotEqual(t, here, r.Namespace)
		require.Equal(t, []string{"lo"}, r.Interfaces)
		require.Contains(t, r.Address, "network is unreachable")
		// A resolver on the loopback is not there either.
		require.Regexp(t, "network is unreachable|connection refused", r.Name)
		require.Empty(t, r.Loopback)
		if user != 0 {
			require.EqualValues(t, user, r.User)
		}

		// Without it, the same program is where this test is.
		require.Equal(t, here, report(t, "little", user).Namespace)
	}
}

func TestExitCodeIsTheProgram(t *testing.T) {
	offline := build(t)
	if exec.Command(offline, "true").Run() != nil {
		return // seen above
	}
	for code, arguments := range map[int][]string{
		0: {"true"}, 7: {"sh", "-c", "exit 7"}, cannot: {"sh", "-c", "kill -9 $$"},
	} {
		require.Equal(t, code, exitCode(t, exec.Command(offline, arguments...).Run()), arguments)
	}
	require.Equal(t, cannot, exitCode(t, exec.Command(offline, "no-such-program").Run()))
	require.Equal(t, cannot, exitCode(t, exec.Command(offline).Run()))
}

func exitCode(t *testing.T, err error) int {
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit)
		return exit.ExitCode()
	}
	return 0
}
