// Package deploy tests the charts on a real API server: what Helm 3 and Helm 4 do with them, with the deployer's rights,
// and what is live afterwards. All tests share one embedded cluster, which dies with the test's process; each has
// namespaces of its own.
package deploy

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

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
	if err := helmcli.SetParallel(); err != nil {
		return 0, err
	}
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-deploy-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}

	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := administer(c.Kubeconfig); err != nil {
		return 0, err
	}
	if err := customresources.Install(ctx, admin.config); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
