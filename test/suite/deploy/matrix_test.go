package deploy

import (
	"fmt"
	"testing"

	"github.com/gruntwork-io/terratest/modules/helm"
	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// program is one of the Helms that every test runs with.
type program struct {
	major int
	tool  tool.Tool
	// binary is the path of the program.
	binary string
	// rollbackOnFailure is the flag that undoes a failed install or upgrade.
	rollbackOnFailure string
	// namespaceVerbs are what it asks of namespaces to make one from a chart.
	namespaceVerbs []string
}

var (
	helm3 = &program{
		major: 3, tool: tool.Helm3, rollbackOnFailure: "--atomic",
		namespaceVerbs: []string{"get", "create"},
	}
	helm4 = &program{
		major: 4, tool: tool.Helm4, rollbackOnFailure: "--rollback-on-failure",
		// It waits for what a hook has made, by list and watch.
		namespaceVerbs: []string{"get", "list", "watch", "create", "patch"},
	}
	programs = []*program{helm3, helm4}
)

func (p *program) String() string { return fmt.Sprintf("helm %d", p.major) }

// environment chooses this Helm.
func (p *program) environment() map[string]string {
	return map[string]string{"HELM_BINARY": p.binary}
}

// perHelm is a value that may differ between the Helms.
type perHelm[T any] struct{ helm3, helm4 T }

// both is a value that the Helms share.
func both[T any](value T) perHelm[T] { return perHelm[T]{helm3: value, helm4: value} }

func (v perHelm[T]) of(p *program) T {
	if p == helm3 {
		return v.helm3
	}
	return v.helm4
}

// forEachHelm runs a test with both Helms, as subtests in parallel, and proves for each that it is the one that runs.
func forEachHelm(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	t.Parallel()
	for _, p := range programs {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			p.requireMajor(t)
			test(t, p)
		})
	}
}

// requireMajor asks the helm that terratest runs for its version.
func (p *program) requireMajor(t *testing.T) {
	t.Helper()
	options := &helm.Options{EnvVars: p.environment(), Logger: logger.TestingT}
	version, err := helm.RunHelmCommandAndGetStdOutContextE(t, t.Context(), options, "version", "--template", "{{.Version}}")
	require.NoError(t, err)
	require.Regexp(t, fmt.Sprintf(`^v%d\.\d+`, p.major), version, "another Helm runs than this test is for")
}

func TestHelmMustBeChosen(t *testing.T) {
	t.Parallel()
	options := &helm.Options{Logger: logger.TestingT}
	_, err := helm.RunHelmCommandAndGetStdOutContextE(t, t.Context(), options, "version")
	require.ErrorContains(t, err, "HELM_BINARY: says which helm runs, and is not set")
}
