package variables_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/variables"
)

// Three lines for each project, none of which holds the token; what a shell would take for more than a word is quoted.
func TestWrite(t *testing.T) {
	t.Parallel()
	setting := variables.Setting{Environment: "dev", Server: "https://api.dev.example.com:6443", CA: "ca.crt", Token: "my token", Protected: true}
	var lines bytes.Buffer
	require.NoError(t, setting.Write(&lines, []string{"the-project/orders"}))
	require.Equal(t, `glab variable set K8S_SERVER --repo the-project/orders --scope dev --raw --protected --value https://api.dev.example.com:6443
glab variable set K8S_CA --repo the-project/orders --scope dev --raw --protected --type file < ca.crt
glab variable set K8S_TOKEN --repo the-project/orders --scope dev --raw --protected --masked --hidden < 'my token'
`, lines.String())

	lines.Reset()
	setting.Environment, setting.Token, setting.Protected = "review/*", "", false
	require.NoError(t, setting.Write(&lines, []string{"the-project/orders", "the-project/below/invoices"}))
	require.Equal(t, `glab variable set K8S_SERVER --repo the-project/orders --scope 'review/*' --raw --value https://api.dev.example.com:6443
glab variable set K8S_CA --repo the-project/orders --scope 'review/*' --raw --type file < ca.crt
glab variable set K8S_SERVER --repo the-project/below/invoices --scope 'review/*' --raw --value https://api.dev.example.com:6443
glab variable set K8S_CA --repo the-project/below/invoices --scope 'review/*' --raw --type file < ca.crt
`, lines.String())
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server   string
		projects []string
		says     string
	}{
		"plain HTTP":    {"http://api.dev.example.com", []string{"the-project/orders"}, "must begin with https://"},
		"no project":    {"https://api.dev.example.com", nil, "name the projects of GitLab"},
		"no path":       {"https://api.dev.example.com", []string{"the-project/orders", "orders"}, `"orders" is no project's path`},
		"an option":     {"https://api.dev.example.com", []string{"--help/x"}, "is no project's path"},
		"more commands": {"https://api.dev.example.com", []string{"the-project/orders;id"}, "is no project's path"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines bytes.Buffer
			err := variables.Setting{Environment: "dev", Server: c.server, CA: "ca.crt"}.Write(&lines, c.projects)
			require.ErrorContains(t, err, c.says)
			require.Empty(t, lines.String())
		})
	}
}
