// Package values tests that what the schema of charts/microservice admits, the API server admits: random values, drawn
// from the schema itself, are rendered and applied in a server-side dry run on an embedded cluster.
package values

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
	podsecurity "k8s.io/pod-security-admission/api"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/customresources"
)

var (
	cases = flag.Int("cases", 200, "how many values to draw")
	start = flag.Uint64("seed", 1, "what they are drawn from; 0 for another each time")
)

const (
	chartDir    = "../../../charts/microservice"
	releaseName = "example"

	// unrestricted is the namespace of what is applied. Deployments and Jobs are admitted whatever their pods are; the pods
	// are applied once more in the namespace restricted, which enforces Pod Security.
	unrestricted = "unrestricted"
	restricted   = "restricted"
)

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
	if err := prepare(ctx, c.Kubeconfig); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// prepare makes the custom kinds and the namespaces.
func prepare(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	if err := customresources.Install(ctx, config); err != nil {
		return err
	}
	client, err := cluster.Client(kubeconfig)
	if err != nil {
		return err
	}
	for name, level := range map[string]podsecurity.Level{unrestricted: podsecurity.LevelPrivileged, restricted: podsecurity.LevelRestricted} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{podsecurity.EnforceLevelLabel: string(level)}}}
		if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
			return err
		}
		if err := defaultAccount(ctx, client, name); err != nil {
			return err
		}
	}
	api, err = newServer(config)
	return err
}
