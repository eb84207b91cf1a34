package tool

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lock makes the folder bin and returns once nobody else builds into it. It is one lock for all tools: two builds at
// once would compile the packages that they share twice.
func lock(ctx context.Context, bin string, progress io.Writer) (unlock func(), err error) {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	file := flock.New(filepath.Join(bin, ".lock"))
	locked, err := file.TryLock()
	if err == nil && !locked {
		fmt.Fprintln(progress, "waiting for another process that builds a tool")
		_, err = file.TryLockContext(ctx, 100*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", file.Path(), err)
	}
	return func() { _ = file.Unlock() }, nil
}
