package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

func TestParse(t *testing.T) {
	t.Setenv("KUBECONFIG", t.TempDir()+"/none")
	t.Setenv("HELM_NAMESPACE", "of-the-environment")
	helm3, err := tool.Helm3.Path(t.Context(), t.Output())
	require.NoError(t, err)
	type parsed struct {
		release, namespace, connection           string
		goesBack, createNamespace, writesNothing bool
		timeout                                  time.Duration
	}
	for line, want := range map[string]parsed{
		"upgrade --install app chart":                    {release: "app", namespace: "of-the-environment", timeout: 5 * time.Minute},
		"upgrade app chart -i -n project --atomic":       {release: "app", namespace: "project", goesBack: true, timeout: 5 * time.Minute},
		"--namespace=project upgrade --wait app chart":   {release: "app", namespace: "project", timeout: 5 * time.Minute},
		"upgrade --set a=b app --values f.yaml chart":    {release: "app", namespace: "of-the-environment", timeout: 5 * time.Minute},
		"upgrade --atomic=false app chart --timeout 30s": {release: "app", namespace: "of-the-environment", timeout: 30 * time.Second},
		"upgrade --rollback-on-failure app chart":        {release: "app", namespace: "of-the-environment", goesBack: true, timeout: 5 * time.Minute},
		"upgrade --server-side true app chart":           {release: "app", namespace: "of-the-environment", timeout: 5 * time.Minute},
		"install --server-side app chart":                {release: "app", namespace: "of-the-environment", timeout: 5 * time.Minute},
		"upgrade app chart --create-namespace":           {release: "app", namespace: "of-the-environment", createNamespace: true, timeout: 5 * time.Minute},
		"upgrade app chart --dry-run":                    {release: "app", namespace: "of-the-environment", writesNothing: true, timeout: 5 * time.Minute},
		"upgrade app chart --dry-run=none":               {release: "app", namespace: "of-the-environment", timeout: 5 * time.Minute},
		"upgrade app chart --no-such-flag=x":             {release: "app", namespace: "of-the-environment", timeout: 5 * time.Minute},
		"upgrade app chart --kube-context c --kube-token t": {
			release: "app", namespace: "of-the-environment", connection: "--kube-context=c --kube-token=t", timeout: 5 * time.Minute,
		},
		"upgrade app chart --kube-as-group a --kube-as-group b --kube-as-user u": {
			release: "app", namespace: "of-the-environment", connection: "--kube-as-group=a --kube-as-group=b --kube-as-user=u", timeout: 5 * time.Minute,
		},
	} {
		t.Run(line, func(t *testing.T) {
			words := strings.Fields(line)
			c, err := parse(t.Context(), append([]string{helm3}, words...))
			require.NoError(t, err)
			require.Equal(t, words, c.args)
			require.Equal(t, 3, c.program.major)
			require.Equal(t, want, parsed{
				c.release, c.namespace, strings.Join(c.program.connection, " "), c.goesBack, c.createNamespace, c.writesNothing, c.timeout,
			})
		})
	}
}
