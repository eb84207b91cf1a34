// Package takeover tests `slipway takeover` on a real API server: objects that were applied by hand, as the article's five
// manifests are, come under the chart with Helm 3 and Helm 4 and the deployer's rights. What that means for requests is
// tested in test/suite/kind. All tests share one embedded cluster, which dies with the test's process; each has a project of
// its own.
package takeover

import (
	"context"
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

var (
	// admin sets projects up and looks at what became of them.
	admin embedded.Administrator
	// slipway is the path of the command under test.
	slipway string
)

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, folder string) (err error) {
		admin = a
		slipway, err = undertest.Slipway(ctx, folder)
		return err
	})
}
