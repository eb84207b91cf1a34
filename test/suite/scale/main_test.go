// Package scale measures what a deploy costs while a cluster fills with releases of charts/microservice: many releases in
// several projects are installed, upgraded and uninstalled, several at a time, half by Helm 3 and half by Helm 4, each with its
// project's deployer. The cluster is the embedded one: API server, controllers and scheduler are real, nodes are simulated.
//
// By default a few releases show that the measurement works. `make scale` takes 500 and writes docs/scale.md.
package scale

import (
	"context"
	"flag"
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

var (
	releases = flag.Int("releases", 0, "how many releases are installed, upgraded and uninstalled; by default 8, or 4 in a run that has one Helm for each scenario")
	projects = flag.Int("projects", 2, "how many projects they are spread over")
	batches  = flag.Int("batches", 2, "how many times something is measured on the way")
	parallel = flag.Int("deploys", 4, "how many deploys run at once")
	update   = flag.Bool("update", false, "write what was measured to testdata, and docs/scale.md from it")
)

// admin sets projects up and looks at what became of them.
var admin embedded.Administrator

func TestMain(m *testing.M) {
	embedded.Main(m, func(_ context.Context, a embedded.Administrator, _ string) (err error) {
		admin = a
		if *releases == 0 {
			*releases, err = helmcli.Part(4, 8)
		}
		return err
	})
}
