// Package histories plays random histories of a service on a real API server, with Helm 3 and Helm 4 and the deployer's
// rights, and holds them to what `slipway rollout` promises: no deploy is ever stuck, and none harms its neighbour. What can
// happen is in package model. All histories share one embedded cluster, which dies with the test's process; each has a
// project of its own.
//
// A history that breaks prints its seed and its fewest steps, and is played again with -histories 1 -seed SEED.
package histories

import (
	"context"
	"flag"
	"os"
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/embedded"
)

var (
	count = flag.Int("histories", 0, "how many histories to play, from -seed on; 0 for those of the gate")
	first = flag.Uint64("seed", 0, "seed of the first one; 0 for another one each time")
	tries = flag.Int("shrink", 20, "how many histories to play at most to make one that broke shorter")
)

// chart is the service's.
const chart = "../../../charts/microservice"

var (
	// admin makes the projects, plays people with kubectl, and looks at what became of the releases.
	admin embedded.Administrator
	// slipway is the path of the command under test.
	slipway string
)

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, folder string) (err error) {
		admin = a
		if slipway = os.Getenv("SLIPWAY"); slipway == "" {
			if slipway, err = embedded.BuildSlipway(ctx, folder); err != nil {
				return err
			}
		}
		if listed, err = admin.Listable(); err != nil {
			return err
		}
		return provideVolumes(ctx)
	})
}
