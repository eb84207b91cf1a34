// Package embedded runs a suite in an embedded cluster of its own, which dies with the suite's process.
package embedded

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Administrator of the cluster, who sets up what is tested and looks at what became of it. Nothing that is tested has its
// rights.
type Administrator struct {
	// Kubeconfig is its path.
	Kubeconfig string
	// Config is the same, without a limit of requests, and silent about deprecated kinds.
	Config *rest.Config
	// Typed and Dynamic are clients.
	Typed   kubernetes.Interface
	Dynamic dynamic.Interface
	// AuditLog is the path of the API server's log of requests.
	AuditLog string
}

// Main runs a suite's tests, both Helms being installed, in a new cluster that prepare has made ready, and ends the process
// with their exit code, or with 2 where they could not begin. The folder that prepare gets is removed at the end.
func Main(m *testing.M, prepare func(ctx context.Context, admin Administrator, folder string) error) {
	MainWith(m, cluster.Options{}, prepare)
}

// MainWith is Main in a cluster with options of the suite's own.
func MainWith(m *testing.M, o cluster.Options, prepare func(ctx context.Context, admin Administrator, folder string) error) {
	flag.Parse()
	code, err := run(m, o, prepare)
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		code = 2
	}
	os.Exit(code)
}

func run(m *testing.M, o cluster.Options, prepare func(ctx context.Context, admin Administrator, folder string) error) (code int, err error) {
	if err := helmcli.SetParallel(); err != nil {
		return 0, err
	}
	// What a suite allocates is garbage at once: a larger heap is collected less often.
	debug.SetGCPercent(400)
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-suite-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := helmcli.Install(ctx, folder); err != nil {
		return 0, err
	}
	o.AuditLog, o.Progress = filepath.Join(folder, "audit.log"), os.Stderr
	c, err := cluster.Start(ctx, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	admin, err := administer(c.Kubeconfig)
	if err != nil {
		return 0, err
	}
	admin.AuditLog = o.AuditLog
	if err := prepare(ctx, admin, folder); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func administer(kubeconfig string) (Administrator, error) {
	admin := Administrator{Kubeconfig: kubeconfig}
	var err error
	if admin.Config, err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
		return admin, err
	}
	admin.Config.QPS = -1
	admin.Config.WarningHandler = rest.NoWarnings{}
	if admin.Typed, err = kubernetes.NewForConfig(admin.Config); err != nil {
		return admin, err
	}
	admin.Dynamic, err = dynamic.NewForConfig(admin.Config)
	return admin, err
}

// Listable returns all namespaced kinds that the API server serves and lists, but for events.
func (a Administrator) Listable() ([]schema.GroupVersionResource, error) {
	lists, err := a.Typed.Discovery().ServerPreferredNamespacedResources()
	if err != nil {
		return nil, err
	}
	var kinds []schema.GroupVersionResource
	for _, list := range discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list"}}, lists) {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, kind := range list.APIResources {
			if kind.Kind != "Event" {
				kinds = append(kinds, version.WithResource(kind.Name))
			}
		}
	}
	return kinds, nil
}
