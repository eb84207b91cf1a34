// Package cluster_test proves the embedded cluster and `slipway cluster` on the real thing.
package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

// patience is the deadline of every wait: far more than anything here takes, on a machine that is busy with other things.
const patience = 3 * time.Minute

var (
	// shared is the cluster of all tests that need no cluster of their own; each of them works in its own namespace.
	shared *cluster.Cluster
	// auditLog is what the API server of the shared cluster says about its requests.
	auditLog string
	// bin is the folder of the command under test, slipway.
	bin string
)

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) != "" {
		ownCluster()
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "slipway-suite-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)

	program, err := undertest.Slipway(context.Background(), dir)
	if err != nil {
		return 0, err
	}
	bin = filepath.Dir(program)
	auditLog = filepath.Join(dir, "audit.log")
	shared, err = cluster.Start(context.Background(), cluster.Options{AuditLog: auditLog, Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	code = m.Run()
	return code, shared.Stop()
}
