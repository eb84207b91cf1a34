package rollout

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

func TestParseFor(t *testing.T) {
	t.Parallel()
	helm3, err := tool.Helm3.Path(t.Context(), t.Output())
	require.NoError(t, err)
	for line, want := range map[string]string{
		"rollback app --wait --timeout 5m": "",
		"rollback rollback":                "",
		"rollback app 4":                   `cannot tell what ["rollback" "app" "4"] is beside the release`,
		"rollback --wait app":              "cannot tell what",
		"uninstall app":                    "cannot tell what",
		"rollback":                         "cannot tell what",
		"rollback app --timeout soon":      `invalid argument "soon"`,
	} {
		c, err := parseFor(t.Context(), "rollback", append([]string{helm3}, strings.Fields(line)...))
		if want != "" {
			require.ErrorContains(t, err, want, line)
			continue
		}
		require.NoError(t, err, line)
		require.Equal(t, strings.Fields(line)[1], c.release)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	helm3, err := tool.Helm3.Path(t.Context(), t.Output())
	require.NoError(t, err)
	type parsed struct {
		release                                  string
		goesBack, createNamespace, writesNothing bool
	}
	for line, want := range map[string]parsed{
		"upgrade --install app chart":              {release: "app"},
		"install app chart":                        {release: "app"},
		"upgrade app chart --atomic":               {release: "app", goesBack: true},
		"upgrade --atomic=false app chart":         {release: "app"},
		"upgrade --rollback-on-failure app chart":  {release: "app", goesBack: true},
		"upgrade app chart --create-namespace":     {release: "app", createNamespace: true},
		"upgrade app chart --dry-run":              {release: "app", writesNothing: true},
		"upgrade app chart --dry-run=none":         {release: "app"},
		"upgrade --help":                           {writesNothing: true},
		"--kube-context c upgrade --set a=b app c": {release: "app"},
	} {
		t.Run(line, func(t *testing.T) {
			c, err := parse(t.Context(), append([]string{helm3}, strings.Fields(line)...))
			require.NoError(t, err)
			require.Equal(t, 3, c.program.Major)
			require.Equal(t, want, parsed{c.release, c.goesBack, c.createNamespace, c.writesNothing})
		})
	}
}

// A rollback is told what the command was told, so far as it knows that.
func TestRollbackArgs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		program tool.Tool
		line    string
		want    string
	}{
		{tool.Helm3, "upgrade app chart --atomic --wait", "rollback app 4 --timeout 5m0s"},
		{tool.Helm3, "upgrade app chart --timeout 30s --history-max 30 --no-hooks --force --cleanup-on-fail", "rollback app 4 --timeout 30s --cleanup-on-fail=true --force=true --history-max=30 --no-hooks=true"},
		{tool.Helm4, "upgrade app chart --force --server-side=false --force-conflicts=false", "rollback app 4 --timeout 5m0s --force-replace=true --server-side=false"},
		{tool.Helm4, "install app chart --server-side --no-hooks=false", "rollback app 4 --timeout 5m0s --server-side=true"},
	} {
		t.Run(c.line, func(t *testing.T) {
			helm, err := c.program.Path(t.Context(), t.Output())
			require.NoError(t, err)
			parsed, err := parse(t.Context(), append([]string{helm}, strings.Fields(c.line)...))
			require.NoError(t, err)
			args := parsed.rollbackArgs(4)
			require.Equal(t, c.want, strings.Join(args, " "))
			// Helm knows each of them: it is the cluster that it does not reach.
			said, err := exec.CommandContext(t.Context(), helm, append(args, "--kubeconfig", t.TempDir()+"/none")...).CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(said), "unreachable")
		})
	}
}
