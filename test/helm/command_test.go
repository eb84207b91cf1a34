package helm

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Setenv("KUBECONFIG", t.TempDir()+"/none")
	t.Setenv("HELM_NAMESPACE", "of-the-environment")
	type parsed struct {
		words, namespace, connection string
		timeout                      time.Duration
	}
	for line, want := range map[string]parsed{
		"upgrade --install app chart":                    {"upgrade app chart", "of-the-environment", "", 5 * time.Minute},
		"upgrade app oci://a/chart -i -n project --wait": {"upgrade app oci://a/chart", "project", "", 5 * time.Minute},
		"--namespace=project upgrade --wait app chart":   {"upgrade app chart", "project", "", 5 * time.Minute},
		"upgrade --set a=b app --values f.yaml chart":    {"upgrade app chart", "of-the-environment", "", 5 * time.Minute},
		"upgrade --atomic=false app chart --timeout 30s": {"upgrade app chart", "of-the-environment", "", 30 * time.Second},
		"upgrade --server-side true app chart":           {"upgrade app chart", "of-the-environment", "", 5 * time.Minute},
		"install --server-side app chart":                {"install app chart", "of-the-environment", "", 5 * time.Minute},
		"upgrade app chart --no-such-flag=x":             {"upgrade app chart", "of-the-environment", "", 5 * time.Minute},
		"upgrade app chart --no-such-flag x":             {"upgrade app chart", "of-the-environment", "", 5 * time.Minute},
		"--kube-context c upgrade app chart --kube-token t": {
			"upgrade app chart", "of-the-environment", "--kube-context=c --kube-token=t", 5 * time.Minute,
		},
		"upgrade app chart --debug --kube-as-group a --kube-as-group b --kube-as-user u": {
			"upgrade app chart", "of-the-environment", "--kube-as-group=a --kube-as-group=b --kube-as-user=u", 5 * time.Minute,
		},
		"list": {"list", "of-the-environment", "", 5 * time.Minute},
	} {
		t.Run(line, func(t *testing.T) {
			words := strings.Fields(line)
			c, err := Parse(append([]string{"/opt/helm-v4.3.1"}, words...))
			require.NoError(t, err)
			require.Equal(t, words, c.Args)
			require.Equal(t, want, parsed{strings.Join(c.Words, " "), c.Namespace, strings.Join(c.connection(), " "), c.Timeout})
		})
	}
}

func TestParseFlags(t *testing.T) {
	t.Parallel()
	c, err := Parse(strings.Fields("helm upgrade -i app chart --atomic=false --wait --set a=b --set c=d --timeout 1m"))
	require.NoError(t, err)
	type flag struct {
		given, on bool
		value     string
	}
	for name, want := range map[string]flag{
		"install": {true, true, "true"},
		"atomic":  {true, false, "false"},
		"wait":    {true, true, "true"},
		"set":     {true, true, "c=d"},
		"devel":   {},
	} {
		require.Equal(t, want, flag{c.Given(name), c.IsOn(name), c.Value(name)}, name)
	}
	require.True(t, c.Given("timeout"))
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                                      "no helm command",
		"terraform apply":                       "no helm command",
		"helmfile apply":                        "no helm command",
		"helm upgrade app chart --timeout soon": `invalid argument "soon" for "--timeout"`,
		"helm upgrade app chart --namespace":    "flag needs an argument: --namespace",
		"helm install app chart --atomic --qps x": `invalid argument "x" for "--qps"`,
	} {
		_, err := Parse(strings.Fields(line))
		require.ErrorContains(t, err, want, line)
	}
}
