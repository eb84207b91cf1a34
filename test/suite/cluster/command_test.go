package cluster_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/tool"
)

// TestCommand runs the scripts in testdata/script: `slipway cluster` as a person types it. Each has a folder of its own
// for its clusters, $WORK/clusters.
func TestCommand(t *testing.T) {
	module, err := filepath.Abs("../../..")
	require.NoError(t, err)
	kubectl, err := tool.Kubectl.Path(t.Context(), t.Output())
	require.NoError(t, err)
	helm, err := tool.Helm4.Path(t.Context(), t.Output())
	require.NoError(t, err)
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	home, err := os.UserHomeDir()
	require.NoError(t, err)

	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			folder := filepath.Join(env.WorkDir, "clusters")
			env.Setenv(cluster.FolderVariable, folder)
			env.Setenv("PATH", strings.Join([]string{bin, filepath.Dir(kubectl), filepath.Dir(helm), os.Getenv("PATH")}, string(os.PathListSeparator)))
			env.Setenv("MODULE", module)
			env.Setenv("KUBERNETES", required(t, "k8s.io/kubernetes"))
			// What is built is where it always is, and so is what Go needs to find it: GOFLAGS is part of what a build is known by.
			env.Setenv("HOME", home)
			env.Setenv("XDG_CACHE_HOME", cache)
			for _, variable := range os.Environ() {
				if strings.HasPrefix(variable, "GO") {
					env.Vars = append(env.Vars, variable)
				}
			}
			env.Cd = module
			env.Defer(func() { endClusters(env, folder) })
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"output-to-env": outputToEnv,
			"take-port":     takePort,
			"kill-cluster":  killCluster,
			"pid-to-env":    pidToEnv,
			"gone":          checkGone,
		},
	})
}

// endClusters ends what a script that failed has left.
func endClusters(env *testscript.Env, folder string) {
	left, err := filepath.Glob(filepath.Join(folder, "*", "alive"))
	if err != nil {
		env.T().Log(err)
	}
	for _, alive := range left {
		if content, err := os.ReadFile(filepath.Join(filepath.Dir(alive), "log")); err == nil {
			env.T().Log(alive, "is left; the end of its log:", string(content[max(0, len(content)-4000):]))
		}
		if pid, err := readPID(alive); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func readPID(alive string) (int, error) {
	content, err := os.ReadFile(alive)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(content)))
}

// outputToEnv NAME sets a variable to what the last command printed.
func outputToEnv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: output-to-env NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// takePort NAME listens on a free port until the script ends, and sets the variable to its number.
func takePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: take-port NAME")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv(args[0], strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
}

// pidToEnv NAME sets a variable to the process id of the script's cluster.
func pidToEnv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pid-to-env NAME")
	}
	pid, err := readPID(filepath.Join(ts.Getenv(cluster.FolderVariable), "embedded", "alive"))
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(pid))
}

// killCluster PID kills a control plane as kill -9 does, and returns when it has ended.
func killCluster(ts *testscript.TestScript, neg bool, args []string) {
	pid := pidArgument(ts, neg, args)
	ts.Check(syscall.Kill(pid, syscall.SIGKILL))
	checkGone(ts, neg, args)
}

// checkGone PID fails if the process lives on.
func checkGone(ts *testscript.TestScript, neg bool, args []string) {
	pid := pidArgument(ts, neg, args)
	ts.Check(poll(context.Background(), func(context.Context) error { return gone(pid) }))
}

func pidArgument(ts *testscript.TestScript, neg bool, args []string) int {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: COMMAND PID")
	}
	pid, err := strconv.Atoi(args[0])
	ts.Check(err)
	if pid <= 1 {
		ts.Fatalf("%d is not the process id of a control plane", pid)
	}
	return pid
}
