package takeover

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	c, err := parse([]string{"/opt/helm", "--kube-context=prod", "upgrade", "-i", "api", "--atomic", "oci://registry/chart", "--timeout", "90s"})
	require.NoError(t, err)
	require.Equal(t, "api", c.release)
	require.Equal(t, append(c.Args, "--wait"), c.with("--atomic", "--wait", "--timeout=5m"), "what is given is not given again")
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for want, line := range map[string][]string{
		"there is no helm command":                                   nil,
		"terraform is no helm command":                               {"terraform", "apply"},
		"must be the one that is used from now on":                   {"helm", "upgrade", "api", "chart"},
		"write slipway takeover -- helm upgrade --install":           {"helm", "upgrade", "--install=false", "api", "chart"},
		"but has [\"api\" \"chart\" \"more\"]":                       {"helm", "upgrade", "--install", "api", "chart", "more"},
		"--force: it replaces objects":                               {"helm", "upgrade", "--install", "api", "chart", "--force"},
		"--output: the takeover's output is for people":              {"helm", "upgrade", "--install", "api", "chart", "-o", "json"},
		"the helm command: invalid argument \"soon\" for \"--time":   {"helm", "upgrade", "--install", "api", "chart", "--timeout", "soon"},
		"the helm command: flag needs an argument: --namespace":      {"helm", "upgrade", "--install", "api", "chart", "--namespace"},
		"--reuse-values: there is no earlier revision of the chart":  {"helm", "upgrade", "--install", "api", "chart", "--reuse-values"},
		"--no-hooks: it would hold for this takeover alone":          {"helm", "upgrade", "--install", "api", "chart", "--no-hooks"},
		"--dry-run: the takeover shows what it will do before it do": {"helm", "upgrade", "--install", "api", "chart", "--dry-run=server"},
		"--help: nothing is taken over with it":                      {"helm", "upgrade", "--install", "api", "chart", "--help"},
	} {
		_, err := parse(line)
		require.ErrorContains(t, err, want)
	}
}
