package helm

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// helpLine is a flag in what Helm says of itself: its short name, its name, the type of its value.
var helpLine = regexp.MustCompile(`(?m)^ {2,6}(?:-(\w), )?--([\w-]+)(?: (\w+))? {2,}`)

// Every flag that one of the Helms has is known, with the right form.
func TestFlags(t *testing.T) {
	for _, program := range []tool.Tool{tool.Helm3, tool.Helm4} {
		for verb, parsedAs := range map[string]string{"upgrade": "upgrade", "install": "install", "rollback": "upgrade"} {
			t.Run(program.Name+" "+verb, func(t *testing.T) {
				path, err := program.Path(t.Context(), os.Stderr)
				require.NoError(t, err)
				help, err := exec.CommandContext(t.Context(), path, verb, "--help").Output()
				require.NoError(t, err)
				c := &Command{}
				require.NoError(t, c.parseFlags(parsedAs))
				said := helpLine.FindAllStringSubmatch(string(help), -1)
				require.Greater(t, len(said), 25)
				for _, line := range said {
					short, name, takesValue := line[1], line[2], line[3] != ""
					if name == "dry-run" || name == "wait" {
						takesValue = false // only after =
					}
					known := c.flags.Lookup(name)
					require.NotNil(t, known, name)
					require.Equal(t, short, known.Shorthand, name)
					require.Equal(t, takesValue, known.NoOptDefVal == "", name)
				}
			})
		}
	}
}
