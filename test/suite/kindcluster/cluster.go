// Package kindcluster is what the suites have in common that deploy into a cluster of kind: the cluster itself, projects
// in it, and the way of a user's request to a service.
package kindcluster

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/cluster/kind"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Cluster as its administrator sees it, who sets projects up, makes trouble, and looks at what became of it.
type Cluster struct {
	// Node is the only one.
	Node *kind.Managed
	// Kubeconfig is the path of the administrator's.
	Kubeconfig string
	// Client has the administrator's rights.
	Client kubernetes.Interface
	// HTTPS is where the ingress controller answers on this machine, such as 127.0.0.1:8443.
	HTTPS string
	// Server is the URL of the API server on this machine.
	Server string
}

// Main runs the tests of a suite and ends the process. The cluster is the one of `slipway cluster up --provider kind`, if
// that is up; else it is started, and removed at the end, unless a test fails. Both Helms are installed for helmcli.
// prepare makes what all tests share, with a folder that is removed at the end.
func Main(m *testing.M, prepare func(ctx context.Context, c *Cluster, folder string) error) {
	flag.Parse()
	code, err := run(m, prepare)
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		code = 2
	}
	os.Exit(code)
}

func run(m *testing.M, prepare func(ctx context.Context, c *Cluster, folder string) error) (code int, err error) {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-kind-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}

	node, err := kind.Cluster()
	if err != nil {
		return 0, err
	}
	already, err := node.Up(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	description, err := node.Describe(ctx)
	if err != nil {
		return 0, err
	}
	c := &Cluster{Node: node, Kubeconfig: description.Kubeconfig, HTTPS: description.HTTPS, Server: description.Server}
	if c.Client, err = cluster.Client(c.Kubeconfig); err != nil {
		return 0, err
	}
	if err := prepare(ctx, c, folder); err != nil {
		return 0, err
	}
	code = m.Run()
	switch {
	case code != 0:
		folder := filepath.Dir(filepath.Dir(c.Kubeconfig))
		fmt.Fprintf(os.Stderr, "the cluster is kept: export KUBECONFIG=%s\nto remove it: %s=%s .build/slipway cluster down --provider kind\n",
			c.Kubeconfig, cluster.FolderVariable, folder)
	case !already:
		_, err = node.Down(ctx)
	}
	return code, err
}
