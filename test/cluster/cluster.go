// Package cluster starts and stops throwaway Kubernetes clusters. The embedded one is a real control plane (etcd,
// kube-apiserver, kube-controller-manager, kube-scheduler; see ./controlplane) whose nodes are simulated: everything
// that the API server, the controllers and the scheduler do is real, but no container runs. Pods become ready
// whatever they are made of; only a pod with an image whose tag contains "fail" waits in ImagePullBackOff for ever,
// and pods that are not restarted (of Jobs, of `helm test`) succeed at once.
//
// A cluster that [Start] makes dies with the process that started it, even by kill -9. [Managed] is the one of
// `slipway cluster up`, which stays until `slipway cluster down`.
package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// DefaultNodes is the number of nodes of a cluster that asks for none.
const DefaultNodes = 2

// Options of a new cluster. The zero value is a good one.
type Options struct {
	// Port of the API server on 127.0.0.1; 0 is any free one.
	Port int
	// Nodes is the number of simulated nodes; 0 is DefaultNodes.
	Nodes int
	// AuditLog is a file that gets one JSON line per request (audit level Metadata); empty for none.
	AuditLog string
	// AuthenticationConfig is a file of the API server's --authentication-config: who may sign tokens for whom, such as a
	// GitLab for its jobs; empty for none. The API server reads it again when it changes.
	AuthenticationConfig string
	// Progress is told what takes time, such as that the control plane has to be built first; nil for nobody.
	Progress io.Writer
}

// Cluster is a running cluster that belongs to this process.
type Cluster struct {
	// Kubeconfig is the path of the administrator's kubeconfig.
	Kubeconfig string

	dir     string
	process *process
}

// Start starts a cluster and returns when it is ready for use. The cluster ends, and its folder is removed, with Stop
// or with this process, however that ends. ctx bounds the start alone.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "slipway-cluster-")
	if err != nil {
		return nil, err
	}
	p, err := launch(ctx, dir, o, whileParentLives)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("start a cluster: %w", err)
	}
	return &Cluster{Kubeconfig: filepath.Join(dir, adminKubeconfig), dir: dir, process: p}, nil
}

// Stop ends the cluster and removes its folder.
func (c *Cluster) Stop() error {
	if err := c.process.stop(); err != nil {
		return fmt.Errorf("stop the cluster in %s: %w", c.dir, err)
	}
	return os.RemoveAll(c.dir)
}
