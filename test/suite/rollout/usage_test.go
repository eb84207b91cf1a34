package rollout

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// What cannot be run ends with exit code 2, and what helm says of itself is passed through with its exit code.
func TestUsage(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		helm := p.Path("helm")
		upgrade := []string{helm, "upgrade", "--install", "RELEASE", chart, "--values", "testdata/values.yaml", "--set", "image.tag=dev-1"}
		for _, c := range []struct {
			name     string
			line     []string
			env      string
			exitCode int
			says     string
		}{
			{"nothing", nil, "", 2, "is no `helm upgrade` and no `helm install`"},
			{"another program", []string{p.Path("kubectl"), "apply"}, "", 2, "is no `helm upgrade` and no `helm install`"},
			{"another command of helm's", []string{helm, "list"}, "", 2, "write `slipway rollout -- helm upgrade --install RELEASE CHART`"},
			{"no release", []string{helm, "upgrade", "--install", chart}, "", 2, "cannot tell which release this deploys"},
			{"no such helm", []string{"helm-9", "upgrade", "--install", "RELEASE", chart}, "", 2, `"helm-9": executable file not found`},
			{"releases elsewhere", upgrade, "HELM_DRIVER=configmap", 2, "HELM_DRIVER=configmap: only releases that Helm keeps in Secrets"},
			{"no namespace", append(upgrade, "--namespace", "nowhere", "--kubeconfig", admin.Kubeconfig), "", 2,
				"namespace nowhere must be there before the first deploy; an administrator makes it, here for the environment dev: helm upgrade --install nowhere charts/project"},
			{"no namespace that the deployer may see", append(upgrade, "--namespace", "nowhere"), "", 2, "helm upgrade --install nowhere charts/project"},
			{"no such context", append(upgrade, "--kube-context=other"), "", 2, `context "other" does not exist`},
			{"no chart", []string{helm, "upgrade", "--install", "RELEASE", "no-chart"}, "", 1, "Error: "},
			{"a flag that helm does not know", append(upgrade, "--no-such-flag"), "", 1, "Error: unknown flag: --no-such-flag"},
			{"help", []string{helm, "upgrade", "--help"}, "", 0, "This command upgrades a release"},
			{"dry run", append(upgrade, "--dry-run=server"), "", 0, "kind: Deployment"},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				line := []string{slipway, "rollout", "--"}
				for _, word := range c.line {
					line = append(line, strings.ReplaceAll(word, "RELEASE", s.name))
				}
				env := []string{"KUBECONFIG=" + deployer}
				if c.env != "" {
					env = append(env, c.env)
				}
				code, said := begin(t, env, line...).end()
				require.Equal(t, c.exitCode, code)
				require.Contains(t, said, c.says)
				require.Empty(t, s.lease())
				require.Empty(t, s.status())
			})
		}
	})
}

// A dry run asks for no Lease: it may be run beside a deploy.
func TestDryRunTakesNoLease(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	var asked atomic.Bool // by the proxy
	watch := newProxy(t, func(r request) bool {
		if strings.Contains(r.path, "/leases") {
			asked.Store(true)
		}
		return false
	})
	s.bySlipway().through(watch).mustUpgrade(append(good("dev-1"), "--dry-run=server")...)
	require.False(t, asked.Load())
	s.bySlipway().through(watch).mustUpgrade(good("dev-1")...)
	require.True(t, asked.Load(), "a deploy does")
}

// An administrator may let Helm make the namespace.
func TestCreateNamespace(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.kubeconfig = admin.Kubeconfig
		s.bySlipway().mustUpgrade(append(good("dev-1"), "--namespace", "made-for-"+s.name, "--create-namespace")...)
		_, err := admin.Typed.AppsV1().Deployments("made-for-"+s.name).Get(t.Context(), s.name, metav1.GetOptions{})
		require.NoError(t, err)
	})
}

// The command's standard input and output are helm's: nothing is added to the output.
func TestStreams(t *testing.T) {
	t.Parallel()
	values, err := os.ReadFile("testdata/values.yaml")
	require.NoError(t, err)
	line := []string{helmcli.Helm4.Path("helm"), "upgrade", "--install", "streams", chart, "--values", "-", "--set", "image.tag=dev-1", "--dry-run=client"}
	outputs := map[bool]string{}
	for _, prefixed := range []bool{false, true} {
		cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
		if prefixed {
			cmd = exec.CommandContext(t.Context(), slipway, append([]string{"rollout"}, line...)...)
		}
		cmd.Env = append(os.Environ(), "KUBECONFIG="+deployer)
		cmd.Stdin = bytes.NewReader(values)
		said, err := cmd.Output()
		require.NoError(t, err)
		outputs[prefixed] = regexp.MustCompile(`LAST DEPLOYED: .*`).ReplaceAllString(string(said), "")
	}
	require.Contains(t, outputs[true], "kind: Deployment")
	require.Equal(t, outputs[false], outputs[true])
}
