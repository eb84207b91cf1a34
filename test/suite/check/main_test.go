// Package check compares what package kubernetes says of objects with what an API server says that is asked at the same
// time: an embedded cluster's, in dry runs.
package check

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/kubernetes"
)

const (
	// namespace is where objects are created that name none.
	namespace = "checked"
	// same is the version of the embedded cluster.
	same = kubernetes.Version("1.37")
)

var cases = flag.Int("cases", 1000, "about how many of the mutations to try")

var update = flag.Bool("update", false, "write the table of docs/check.md")

// api is the server that all tests ask.
var api *server

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
	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() {
		if stopped := c.Stop(); err == nil {
			err = stopped
		}
	}()
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return 0, err
	}
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	if err := customresources.Install(ctx, config); err != nil {
		return 0, err
	}
	client, err := cluster.Client(c.Kubeconfig)
	if err != nil {
		return 0, err
	}
	for _, name := range []string{namespace, "web-namespace", "updated", "limited"} {
		made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := client.CoreV1().Namespaces().Create(ctx, made, metav1.CreateOptions{}); err != nil {
			return 0, err
		}
		if err := defaultAccount(ctx, client, name); err != nil {
			return 0, err
		}
		// The account that the chart's pods have, and the one whose token would be removed without it.
		for _, account := range []string{"example", "deployer"} {
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}
			if _, err := client.CoreV1().ServiceAccounts(name).Create(ctx, account, metav1.CreateOptions{}); err != nil {
				return 0, err
			}
		}
	}
	if api, err = newServer(config); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
