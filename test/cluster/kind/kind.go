// Package kind starts and stops the cluster of `slipway cluster up --provider kind`: one node in a container of
// Docker's engine (https://kind.sigs.k8s.io), in which everything is real. Traefik is its ingress controller; it answers
// on free ports of 127.0.0.1.
package kind

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kind/pkg/exec"

	"gitlab.example.com/platform/slipway/test/cluster"
)

// NodeImageVariable is the environment variable that names the image of the node. By default it is the one that kind's
// own release comes with, which has to be pulled; ../nodeimage makes one where that cannot be.
const NodeImageVariable = "KIND_NODE_IMAGE"

// adminKubeconfig is the file of a cluster's folder that is there when the cluster is ready.
const adminKubeconfig = "admin.kubeconfig"

// Managed is the kind cluster of `slipway cluster up`, whether or not it is up.
type Managed struct {
	name string // for Docker, and for kind
	dir  string // exists from up to down
}

// Cluster returns the managed kind cluster. Its state is in folder, and each folder has a cluster of its own.
func Cluster() (*Managed, error) {
	folder, err := cluster.Folder()
	if err != nil {
		return nil, err
	}
	name := "slipway"
	if os.Getenv(cluster.FolderVariable) != "" {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(folder)) // a hash takes everything
		name = fmt.Sprintf("%s-%08x", name, sum.Sum32())
	}
	return &Managed{name: name, dir: filepath.Join(folder, "kind")}, nil
}

// Up starts the cluster and returns when it is ready for use: its node, its DNS and its ingress controller. A cluster
// that is up already is fine (already is true). What is left of a dead one is removed first. Where it fails, nothing is
// left.
func (m *Managed) Up(ctx context.Context, o cluster.Options) (already bool, err error) {
	if o.Nodes > 1 || o.Port != 0 {
		return false, errors.New("a kind cluster has one node, and its API server a free port: ask for neither")
	}
	if err := engine(ctx); err != nil {
		return false, err
	}
	unlock, err := cluster.Lock(ctx, m.dir)
	if err != nil {
		return false, err
	}
	defer unlock()

	switch m.state() {
	case cluster.Up:
		return true, nil
	case cluster.Starting, cluster.Dead: // nobody else starts it while we hold the lock
		if o.Progress != nil {
			fmt.Fprintln(o.Progress, "cluster kind: its node does not run; starting a new one")
		}
		if err := m.remove(); err != nil {
			return false, err
		}
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return false, err
	}
	if err := m.create(ctx, o); err != nil {
		return false, errors.Join(fmt.Errorf("cluster kind: %w", err), m.remove())
	}
	return false, nil
}

// Down removes the cluster and its folder; existed says whether there was anything to remove.
func (m *Managed) Down(ctx context.Context) (existed bool, err error) {
	unlock, err := cluster.Lock(ctx, m.dir)
	if err != nil {
		return false, err
	}
	defer unlock()
	if _, err := os.Stat(m.dir); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err := engine(ctx); err != nil {
		return true, err
	}
	return true, m.remove()
}

// Kubeconfig returns the path of the administrator's kubeconfig, or an error that says what to do if the cluster is
// not up.
func (m *Managed) Kubeconfig() (string, error) {
	switch m.state() {
	case cluster.Up:
		return filepath.Join(m.dir, adminKubeconfig), nil
	case cluster.Starting:
		return "", errors.New("cluster kind is starting, or its start was interrupted: `slipway cluster up --provider kind` waits for it, or starts a new one")
	case cluster.Dead:
		return "", errors.New("cluster kind: its node does not run any more; `slipway cluster up --provider kind` starts a new one")
	default:
		return "", errors.New("no kind cluster is up; start one with `slipway cluster up --provider kind`")
	}
}

// Describe asks the running cluster. The error says what to do if it is not up.
func (m *Managed) Describe(ctx context.Context) (cluster.Description, error) {
	kubeconfig, err := m.Kubeconfig()
	if err != nil {
		return cluster.Description{}, err
	}
	d, err := cluster.Describe(ctx, kubeconfig)
	if err != nil {
		return cluster.Description{}, fmt.Errorf("cluster kind: its node runs, but its API server does not answer as it should: %w (log: docker exec %s journalctl)", err, m.Node())
	}
	d.Kubeconfig = kubeconfig
	d.Log = "docker exec " + m.Node() + " journalctl"
	if d.HTTP, err = m.address(ctx, "80/tcp"); err != nil {
		return cluster.Description{}, err
	}
	d.HTTPS, err = m.address(ctx, "443/tcp")
	return d, err
}

// Node is the name of the node, and of its container.
func (m *Managed) Node() string { return m.name + "-control-plane" }

// state looks at the cluster's folder and at whether its node runs.
func (m *Managed) state() cluster.State {
	if _, err := os.Stat(m.dir); err != nil {
		return cluster.Down
	}
	if _, err := os.Stat(filepath.Join(m.dir, adminKubeconfig)); err != nil {
		return cluster.Starting
	}
	running, err := exec.OutputLines(exec.Command("docker", "container", "inspect", "--format", "{{.State.Running}}", m.Node()))
	if err != nil || !slices.Equal(running, []string{"true"}) {
		return cluster.Dead
	}
	return cluster.Up
}

// remove removes the node and the folder, in whatever state they are.
func (m *Managed) remove() error {
	// Not the user's own kubeconfig, which kind would tidy too.
	kubeconfig := filepath.Join(m.dir, "removed.kubeconfig")
	if err := provider(nil).Delete(m.name, kubeconfig); err != nil {
		return fmt.Errorf("cluster kind: %w", explain(err))
	}
	return os.RemoveAll(m.dir)
}
