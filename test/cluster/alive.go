package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"k8s.io/apimachinery/pkg/util/wait"
)

// alive says whether the cluster's process lives: it holds an exclusive lock on its file for as long as it does. A
// process id alone would not tell, since the system gives it away again.
func (m *Managed) alive() bool {
	path := filepath.Join(m.dir, aliveFile)
	if !exists(path) {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	shared, err := lock.TryRLock()
	if shared {
		_ = lock.Unlock()
	}
	return err == nil && !shared
}

// end ends the cluster's process, if it lives, and returns when it is gone.
func (m *Managed) end(ctx context.Context) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !m.alive() {
			return nil
		}
		pid, err := m.pid()
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, signal); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("end process %d: %w", pid, err)
		}
		err = wait.PollUntilContextTimeout(ctx, pollInterval, stopTimeout, true, func(context.Context) (bool, error) {
			return !m.alive(), nil
		})
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return fmt.Errorf("its process lives on after SIGKILL")
}

// pid returns the process id that the living process wrote.
func (m *Managed) pid() (int, error) {
	path := filepath.Join(m.dir, aliveFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || pid <= 1 {
		return 0, fmt.Errorf("%s does not hold a process id", path)
	}
	return pid, nil
}
