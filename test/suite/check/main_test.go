// Package check compares what package kubernetes says of objects with what an API server says that is asked at the same
// time: an embedded cluster's, in dry runs.
package check

import (
	"context"
	"flag"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	// namespace is where objects are created that name none.
	namespace = "checked"
	// project is the namespace of a project, with charts/project's own defaults and the right to roles.
	project = "the-project"
	// same is the version of the embedded cluster.
	same = kubernetes.Version("1.37")
)

var cases = flag.Int("cases", 0, "about how many of the mutations to try; by default 1000, of which a run that has one Helm for each scenario tries half")

var update = flag.Bool("update", false, "write the table of docs/check.md")

var (
	// admin sets up what is asked about.
	admin embedded.Administrator
	// api is the server that all tests ask, as the administrator, since they ask about kinds that no service has.
	api *server
	// deployer is the same server, asked by the project's deployer, whose kubeconfig is this file.
	deployer           *server
	deployerKubeconfig string
)

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, a embedded.Administrator, _ string) (err error) {
		admin = a
		if *cases == 0 {
			if *cases, err = helmcli.Part(500, 1000); err != nil {
				return err
			}
		}
		if err := customresources.Install(ctx, admin.Config); err != nil {
			return err
		}
		for _, name := range []string{namespace, "web-namespace", "updated", "limited"} {
			if err := admin.MakeNamespace(ctx, name, nil); err != nil {
				return err
			}
			// The account that the chart's pods have, and the one whose token would be removed without it.
			for _, account := range []string{"example", "deployer"} {
				account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}
				if _, err := admin.Typed.CoreV1().ServiceAccounts(name).Create(ctx, account, metav1.CreateOptions{}); err != nil {
					return err
				}
			}
		}
		if api, err = newServer(admin.Config); err != nil {
			return err
		}
		deployerKubeconfig, err = admin.MakeProject(ctx, root+"charts/project", project, "--set", "deployer.features.roles=true", "--set", "deployer.features.tests=true")
		if err != nil {
			return err
		}
		config, err := clientcmd.BuildConfigFromFlags("", deployerKubeconfig)
		if err != nil {
			return err
		}
		config.WarningHandler = rest.NoWarnings{}
		deployer, err = newServer(config)
		return err
	})
}
