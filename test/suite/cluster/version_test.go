package cluster_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// required returns the version of a module that go.mod requires.
func required(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func TestVersionsAreThoseOfGoMod(t *testing.T) {
	t.Parallel()
	kubernetes := required(t, "k8s.io/kubernetes")
	kubernetesMinor := kubernetes[:strings.LastIndex(kubernetes, ".")]
	const capabilities = "testdata/capabilities"

	for _, c := range []struct {
		name string
		tool tool.Tool
		args []string
		says string
	}{
		{"kubectl", tool.Kubectl, []string{"version", "--client"}, "Client Version: " + kubernetes},
		{"control plane", tool.Kubectl, []string{"version", "--kubeconfig", shared.Kubeconfig}, "Server Version: " + kubernetes},
		{"helm 3", tool.Helm3, []string{"version", "--template", "{{.Version}}"}, required(t, "helm.sh/helm/v3")},
		{"helm 4", tool.Helm4, []string{"version", "--template", "{{.Version}}"}, required(t, "helm.sh/helm/v4")},
		{"helm 3 without a cluster", tool.Helm3, []string{"template", capabilities}, "kubernetes: " + kubernetesMinor},
		{"helm 4 without a cluster", tool.Helm4, []string{"template", capabilities}, "kubernetes: " + kubernetesMinor},
	} {
		t.Run(c.name, func(t *testing.T) {
			program, err := c.tool.Path(t.Context(), t.Output())
			require.NoError(t, err)
			out, err := exec.CommandContext(t.Context(), program, c.args...).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Contains(t, string(out), c.says)
		})
	}
}
