package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"k8s.io/apimachinery/pkg/util/wait"
)

// FolderVariable is the environment variable that names the folder in which the clusters of `slipway cluster up` keep
// their state; by default it is slipway/clusters in the user's cache folder.
const FolderVariable = "SLIPWAY_CLUSTERS"

// Managed is the cluster of `slipway cluster up`, whether or not it is up: it outlives the process that starts it.
// Several processes may use it at once.
type Managed struct {
	// Name of the cluster.
	Name string

	dir string // exists from up to down
}

// Folder returns the folder in which the clusters of `slipway cluster up` keep their state.
func Folder() (string, error) {
	folder := os.Getenv(FolderVariable)
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the state of clusters: %w; set %s", err, FolderVariable)
		}
		folder = filepath.Join(cache, "slipway", "clusters")
	}
	return filepath.Abs(folder)
}

// Embedded returns the managed embedded cluster.
func Embedded() (*Managed, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	const name = "embedded"
	return &Managed{Name: name, dir: filepath.Join(folder, name)}, nil
}

// Up starts the cluster and returns when it is ready. A cluster that is up already is fine (already is true) unless o
// asks for another port or number of nodes than it has. What a dead cluster left is removed first. Where it fails, or ctx ends,
// nothing is left.
func (m *Managed) Up(ctx context.Context, o Options) (already bool, err error) {
	unlock, err := Lock(ctx, m.dir)
	if err != nil {
		return false, err
	}
	defer unlock()

	status := m.await(ctx)
	if status.State == Up {
		return true, m.matches(ctx, o)
	}
	if status.State == Dead && o.Progress != nil {
		fmt.Fprintf(o.Progress, "cluster %s: its process has died; starting a new one\n", m.Name)
	}
	if err := os.RemoveAll(m.dir); err != nil {
		return false, err
	}
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		return false, err
	}
	if _, err := launch(ctx, m.dir, o, untilStopped); err != nil {
		_ = os.RemoveAll(m.dir)
		return false, fmt.Errorf("cluster %s: %w", m.Name, err)
	}
	return false, nil
}

// matches returns an error if the running cluster is not what o asks for.
func (m *Managed) matches(ctx context.Context, o Options) error {
	running, err := m.Describe(ctx)
	if err != nil {
		return err
	}
	if o.Port != 0 && o.Port != running.Port {
		return fmt.Errorf("cluster %s is already up on port %d, not %d; `slipway cluster down` ends it", m.Name, running.Port, o.Port)
	}
	if o.Nodes != 0 && o.Nodes != running.Nodes {
		return fmt.Errorf("cluster %s is already up with %d nodes, not %d; `slipway cluster down` ends it", m.Name, running.Nodes, o.Nodes)
	}
	return nil
}

// await returns the status once nobody starts the cluster: a start whose command was killed goes on without it.
func (m *Managed) await(ctx context.Context) Status {
	var status Status
	_ = wait.PollUntilContextTimeout(ctx, pollInterval, startTimeout, true, func(context.Context) (bool, error) {
		status = m.Status()
		return status.State != Starting, nil
	})
	return status
}

// Down ends the cluster and removes its folder; existed says whether there was anything to end or remove.
func (m *Managed) Down(ctx context.Context) (existed bool, err error) {
	unlock, err := Lock(ctx, m.dir)
	if err != nil {
		return false, err
	}
	defer unlock()

	if !exists(m.dir) {
		return false, nil
	}
	if err := m.end(ctx); err != nil {
		return true, fmt.Errorf("cluster %s: %w", m.Name, err)
	}
	return true, os.RemoveAll(m.dir)
}

// Lock lets one process at a time start or end clusters; dir is the folder of one. It locks the folder that holds them, so
// that no file is left when there is no cluster.
func Lock(ctx context.Context, dir string) (unlock func(), err error) {
	folder := filepath.Dir(dir)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(folder, flock.SetFlag(os.O_RDONLY))
	if _, err := lock.TryLockContext(ctx, pollInterval); err != nil {
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	return func() { _ = lock.Unlock() }, nil
}
