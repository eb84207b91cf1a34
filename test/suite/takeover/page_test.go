package takeover

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

var fenced = regexp.MustCompile("(?ms)^```sh (admin|plan|deployer)\n(.*?)^```$")

// Everything that docs/takeover.md says to type works, in the order of the page.
func TestPage(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p, "deployer.features.takeover=false")
		s.applyByHand()
		content, err := os.ReadFile(root + "/docs/takeover.md")
		require.NoError(t, err)
		blocks := fenced.FindAllStringSubmatch(string(content), -1)
		require.Len(t, blocks, 4)
		for _, block := range blocks {
			commands := strings.NewReplacer("the-project", s.namespace, "slipway takeover", "'"+slipway+"' takeover --settle 100ms").Replace(block[2])
			w := s.Terminal
			if block[1] == "admin" {
				w.Kubeconfig = admin.Kubeconfig
			}
			output, err := w.Script("exec </dev/null\n" + commands)
			if block[1] == "plan" { // nobody is there to ask
				require.ErrorContains(t, err, "exit status 2")
				require.Contains(t, output.Stdout, "Deployment/example-microservice is deleted without its pods")
				continue
			}
			require.NoError(t, err)
			if block[1] == "deployer" {
				require.Regexp(t, `(?m)^3\s.*\sdeployed\s+microservice-`, output.Stdout)
			}
		}
	})
}
