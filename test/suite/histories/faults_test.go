package histories

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// root of the checkout.
const root = "../../.."

// Faults that were mended are found again where they are put back: each patch of testdata/faults is one.
func TestFaultsAreFound(t *testing.T) {
	if *faults == 0 {
		t.Skip("-faults 0")
	}
	patches, err := filepath.Glob("testdata/faults/*.patch")
	require.NoError(t, err)
	require.NotEmpty(t, patches)
	for _, patch := range patches {
		t.Run(strings.TrimSuffix(filepath.Base(patch), ".patch"), func(t *testing.T) {
			faulty := buildWith(t, patch)
			seed, broken := findBroken(t, faulty)
			t.Logf("seed %d: %s", seed, broken)
		})
	}
}

// buildWith builds slipway from a copy of the checkout with a patch, and returns its path.
func buildWith(t *testing.T, patch string) string {
	t.Helper()
	patch, err := filepath.Abs(patch)
	require.NoError(t, err)
	folder := t.TempDir()
	run := func(dir string, line ...string) string {
		cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
		cmd.Dir = dir
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, said)
		return string(said)
	}
	files := run(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for file := range strings.SplitSeq(strings.TrimSuffix(files, "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not committed
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), bytes.Clone(content), 0o644))
	}
	run(folder, "git", "apply", patch)
	run(folder, "go", "build", "-buildvcs=false", "-o", "slipway", "./test/cmd/slipway")
	return filepath.Join(folder, "slipway")
}

// findBroken plays histories side by side until one breaks, and returns its seed, and what it broke.
func findBroken(t *testing.T, slipway string) (uint64, breach) {
	t.Helper()
	type found struct {
		seed   uint64
		breach breach
	}
	all := make(chan found, *faults)
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(sideBySide())
	ended := errors.New("one is enough")
	for _, seed := range seedsFrom(*faults) {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			said, err := play(ctx, slipway, model.Draw(seed))
			if broken, ok := errors.AsType[breach](err); ok {
				all <- found{seed, broken}
				return ended
			}
			if err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
				return fmt.Errorf("seed %d could not be played: %w\n%s", seed, err, said)
			}
			return nil
		})
	}
	if err := group.Wait(); !errors.Is(err, ended) {
		require.NoError(t, err)
		require.FailNow(t, "not found", "in %d histories from seed %s on", *faults, &from)
	}
	one := <-all
	return one.seed, one.breach
}
