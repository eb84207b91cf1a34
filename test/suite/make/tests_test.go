package make_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Which tests each target runs, and how. Go is one that says what it is asked; of three packages two have tests that start a
// cluster, and one of these plays scenarios.
func TestWhichTestsRun(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "go")
	m.has(t, "slipway", "")
	m.has(t, "gcc", "")
	m.has(t, "go", `case "$1 $2" in
"list -f") for package in it/test/suite/rollout starts-clusters; do echo "$package [gitlab.example.com/platform/slipway/test/cluster]"; done; echo "starts-none [testing]";;
"list ./...") printf "%s\n" it/test/suite/rollout starts-clusters starts-none;;
"list -e") shift 4; printf "%s\n" "$@";;
"tool -n") echo "${0%/*}/gotestsum";;
esac`)
	m.has(t, "gotestsum", `echo "helm=${SLIPWAY_TEST_HELM:-} cgo=$CGO_ENABLED with $SLIPWAY: $* "`)
	slipway := filepath.Join(m.path, "slipway")

	// run returns what is run in the repository, and what in the example's folder.
	run := func(target string) (repository, example string) {
		output, exitCode := m.run(t, []string{slipwayVariable + "=" + slipway}, append([]string{"make"}, strings.Fields(target)...)...)
		require.Zero(t, exitCode, output)
		for line := range strings.Lines(output) {
			switch {
			case strings.HasPrefix(line, "helm=") && strings.Contains(line, " go -C test/example-microservice test "):
				example = line
			case strings.HasPrefix(line, "helm="):
				repository = line
			}
		}
		return repository, example
	}

	repository, example := run("test")
	require.Contains(t, repository, " starts-clusters starts-none ")
	require.NotContains(t, repository, "rollout")
	require.Contains(t, repository, "helm= cgo=0 with "+slipway+": ")
	require.Contains(t, repository, " .build/test.json ")
	require.NotContains(t, repository, "-race")
	require.Contains(t, example, " .build/test-example.json ")
	require.Contains(t, example, " -count=1 ")

	repository, example = run("unit")
	require.Contains(t, repository, " starts-none ")
	require.NotContains(t, repository, "starts-clusters")
	require.NotEmpty(t, example)

	repository, example = run("scenarios")
	require.Contains(t, repository, " it/test/suite/rollout -- ")
	require.NotContains(t, repository, "starts-")
	require.Empty(t, example)

	repository, example = run("test-matrix")
	require.Contains(t, repository, " it/test/suite/rollout starts-clusters ")
	require.NotContains(t, repository, "starts-none")
	require.Contains(t, repository, "helm=other cgo=0 ")
	require.NotContains(t, repository, "-race")
	require.Empty(t, example)

	repository, _ = run("test-matrix LEAVE_OUT=rollout|takeover")
	require.Contains(t, repository, " starts-clusters ")
	require.NotContains(t, repository, "rollout")

	repository, example = run("histories")
	require.Contains(t, repository, " ./test/suite/histories -- -test.timeout=30m -test.run ^TestHistories$ -few ")
	require.Empty(t, example)

	repository, example = run("race")
	for _, name := range []string{"./test/lease", "./test/fleet/worker"} {
		require.Contains(t, repository, " "+name+" ")
	}
	require.NotContains(t, repository, " starts-", "neither of them starts a goroutine")
	require.NotContains(t, repository, " ./test/report ", "starts no goroutine")
	require.NotContains(t, repository, "/suite/")
	require.Contains(t, repository, "helm= cgo=1 ")
	require.Contains(t, repository, " --build -race ")
	require.Empty(t, example)
}
