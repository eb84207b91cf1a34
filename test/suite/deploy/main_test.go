// Package deploy tests the charts on a real API server: what Helm 3 and Helm 4 do with them, with the deployer's rights,
// and what is live afterwards. All tests share one embedded cluster, which dies with the test's process; each has
// namespaces of its own.
package deploy

import (
	"context"
	"testing"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/suite/embedded"
)

// admin sets tests up and looks at what they did.
var admin embedded.Administrator

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, _ string) error {
		admin = a
		return customresources.Install(ctx, admin.Config)
	})
}
