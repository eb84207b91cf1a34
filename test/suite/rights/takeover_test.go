package rights

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/takeover"
)

// takeOver takes over what was applied by hand: a takeover that fails, then one that does not.
func takeOver(s service) {
	content, err := os.ReadFile("testdata/hand-made.yaml")
	require.NoError(s.T, err)
	path := filepath.Join(s.T.TempDir(), "hand-made.yaml")
	require.NoError(s.T, os.WriteFile(path, []byte(strings.ReplaceAll(string(content), "NAME", s.name)), 0o600))
	s.Must("kubectl", "apply", "--filename", path)
	s.Must("kubectl", "rollout", "status", "deployment/"+s.name, "--timeout", "3m")

	run := func(tag string, args ...string) (said string, err error) {
		var output strings.Builder
		err = takeover.Run(s.T.Context(), takeover.Options{
			Command: append([]string{s.Program.Path("helm")}, s.upgradeArguments(tag, append(args, "--kubeconfig", s.Kubeconfig)...)...),
			Yes:     true, Settle: 100 * time.Millisecond, Out: &output, Progress: &output,
		})
		return output.String(), err
	}
	_, err = run("dev-fail", "--timeout", "20s")
	require.ErrorContains(s.T, err, "what was live before is live again")
	said, err := run("dev-1")
	require.NoError(s.T, err, said)
	require.Contains(s.T, said, "the old pods leave")
	s.uninstall()
}
