package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	"k8s.io/apimachinery/pkg/util/wait"
)

const aliveFile = "alive"

// proveAlive writes the process id into the file "alive" and locks it. The lock is the proof that the process lives:
// the kernel drops it however the process ends, and a process id that was given away again does not hold it.
//
// The caller keeps the lock reachable to the end: Go closes a file that nothing refers to, and that drops its lock.
func proveAlive(ctx context.Context) (*flock.Flock, error) {
	if err := os.WriteFile(aliveFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, err
	}
	lock := flock.New(aliveFile)
	// Who looks whether the lock is held takes a shared one for an instant: hence the retries.
	_, err := lock.TryLockContext(ctx, 10*time.Millisecond)
	return lock, err
}

// endWithFolder ends the process once somebody has removed its folder: nobody could find the process any more.
func endWithFolder(ctx context.Context, end context.CancelCauseFunc) {
	_ = wait.PollUntilContextCancel(ctx, 2*time.Second, false, func(context.Context) (bool, error) {
		_, err := os.Stat(aliveFile)
		return errors.Is(err, os.ErrNotExist), nil
	})
	end(errors.New("its folder was removed"))
}
