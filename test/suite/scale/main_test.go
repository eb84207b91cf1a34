// Package scale measures what a deploy costs while a cluster fills with releases of charts/microservice: many releases in
// several projects are installed, upgraded and uninstalled, several at a time, half by Helm 3 and half by Helm 4, each with its
// project's deployer. The cluster is the embedded one: API server, controllers and scheduler are real, nodes are simulated.
//
// By default a few releases show that the measurement works. `make scale` takes 500 and writes docs/scale.md.
package scale

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

var (
	releases = flag.Int("releases", 8, "how many releases are installed, upgraded and uninstalled")
	projects = flag.Int("projects", 2, "how many projects they are spread over")
	batches  = flag.Int("batches", 2, "how many times something is measured on the way")
	parallel = flag.Int("deploys", 4, "how many deploys run at once")
	update   = flag.Bool("update", false, "write what was measured to testdata, and docs/scale.md from it")
)

// The administrator of the cluster, who sets up projects and looks at what became of them.
var admin struct {
	kubeconfig string
	client     kubernetes.Interface
	auditLog   string // path
}

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		code = 2
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-scale-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}
	admin.auditLog = filepath.Join(folder, "audit.log")
	c, err := cluster.Start(ctx, cluster.Options{AuditLog: admin.auditLog, Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	admin.kubeconfig = c.Kubeconfig
	if admin.client, err = cluster.Client(c.Kubeconfig); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
