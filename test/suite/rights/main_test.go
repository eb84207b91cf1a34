// Package rights tests charts/project on a real API server, and proves that the deployer's Role is what deploying
// charts/microservice takes and no more: all that Helm 3, Helm 4 and `slipway rollout` ask for is read from the API server's
// audit log. All tests share one embedded cluster, which dies with the test's process; each has projects of its own.
package rights

import (
	"context"
	"testing"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

var (
	// admin sets projects up and looks at what became of them.
	admin embedded.Administrator
	// slipway is the path of the command, which the project's deployer runs helm with.
	slipway string
)

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, folder string) (err error) {
		admin = a
		if slipway, err = undertest.Slipway(ctx, folder); err != nil {
			return err
		}
		return customresources.Install(ctx, admin.Config)
	})
}
