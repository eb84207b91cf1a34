//go:build long

package histories

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// mostHistories that a fault may take to be found.
const mostHistories = 200

// Each fault that is put back in is found by a history.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			faulty := product{slipway: filepath.Join(folder, "slipway"), chart: filepath.Join(folder, "charts/microservice")}
			require.NoError(t, os.CopyFS(faulty.chart, os.DirFS(today.chart)))
			files := patched(t, fault.name, folder)
			out, err := withPatches(t, files, folder, "-o", faulty.slipway, "./test/cmd/slipway").CombinedOutput()
			require.NoError(t, err, "%s", out)
			t.Log(find(t, faulty, fault.breaks, fault.seeds))
		})
	}
}

// find plays histories with a product until one breaks a promise, and says which. That none does is a failure.
func find(t *testing.T, faulty product, breaks promise, seeds []uint64) string {
	t.Helper()
	others := map[promise]int{}
	for i := range mostHistories {
		seed := uint64(i)
		if i < len(seeds) {
			seed = seeds[i]
		}
		plan := model.Draw(seed)
		said, err := play(t.Context(), faulty, plan)
		if err == nil {
			continue
		}
		broken, ok := errors.AsType[breach](err)
		require.True(t, ok, "could not be played: %v\n%s\n%s", err, plan, said)
		if broken.promise == breaks {
			said, err := play(t.Context(), today, plan)
			require.NoError(t, err, "without the fault too\n%s\n%s", plan, said)
			return fmt.Sprintf("found by history %d: %s\n%v", i+1, plan, broken)
		}
		others[broken.promise]++
	}
	require.Fail(t, "not found", "none of %d histories; they broke: %v", mostHistories, others)
	return ""
}
