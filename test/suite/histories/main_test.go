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
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

var (
	count = flag.Int("histories", 0, "how many histories to play from each -seed on; 0 for the one that make test plays")
	few   = flag.Bool("few", false, "play the few that have everything")
	from  seedList
	tries = flag.Int("shrink", 20, "how many histories to play at most to make one that broke shorter")
)

// product is what is tried.
type product struct {
	// slipway is the path of the command, and chart that of the service's chart.
	slipway, chart string
}

var (
	// admin makes the projects, plays people with kubectl, and looks at what became of the releases.
	admin embedded.Administrator
	// today is the product as it is.
	today = product{chart: "../../../charts/microservice"}
)

func init() {
	flag.Var(&from, "seed", "seed of the first history, or several, as in 31,174; 0, or none, for another one each time")
}

// seedList is the value of -seed.
type seedList []uint64

// String is for people.
func (l *seedList) String() string { return fmt.Sprint([]uint64(*l)) }

// Set reads it.
func (l *seedList) Set(text string) error {
	*l = nil
	for word := range strings.SplitSeq(text, ",") {
		seed, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return err
		}
		*l = append(*l, seed)
	}
	return nil
}

// seedsFrom returns the seeds of so many histories from each -seed on.
func seedsFrom(count int) (all []uint64) {
	starts := from
	if len(starts) == 0 || starts[0] == 0 {
		starts = seedList{rand.Uint64N(1 << 32)}
	}
	for _, start := range starts {
		for i := range count {
			all = append(all, start+uint64(i))
		}
	}
	return all
}

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, folder string) (err error) {
		admin = a
		if today.slipway, err = undertest.Slipway(ctx, folder); err != nil {
			return err
		}
		if listed, err = admin.Listable(); err != nil {
			return err
		}
		return provideVolumes(ctx)
	})
}
