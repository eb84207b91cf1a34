// Package values tests that what the schema of charts/microservice admits, the API server admits: random values, drawn
// from the schema itself, are rendered and applied in a server-side dry run on an embedded cluster, with the deployer's
// rights; and that slipway check says of what the chart passes to Kubernetes what the server says.
package values

import (
	"context"
	"flag"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

var (
	cases = flag.Int("cases", 0, "how many values to draw; by default as many as vary every key that the chart owns, of which a run that has one Helm for each scenario tries the first")
	start = flag.Uint64("seed", 1, "what they are drawn from; 0 for another each time")
)

const (
	chartDir    = "../../../charts/microservice"
	releaseName = "example"

	// allCases vary every key that the chart owns; someCases are the first of them.
	allCases, someCases = 200, 40

	// unrestricted is the project of what is applied. Deployments and Jobs are admitted whatever their pods are; the pods
	// are applied once more in the project restricted, which enforces Pod Security.
	unrestricted = "unrestricted"
	restricted   = "restricted"
)

// api is the server that all tests ask.
var api *server

func TestMain(m *testing.M) {
	embedded.Main(m, func(ctx context.Context, admin embedded.Administrator, _ string) (err error) {
		if *cases == 0 {
			if *cases, err = helmcli.Part(someCases, allCases); err != nil {
				return err
			}
		}
		if err := customresources.Install(ctx, admin.Config); err != nil {
			return err
		}
		askers := map[string]*rest.Config{"": admin.Config}
		for project, level := range map[string]string{unrestricted: "privileged", restricted: "restricted"} {
			kubeconfig, err := admin.MakeProject(ctx, "../../../charts/project", project, append(everything(), "--set", "podSecurity="+level)...)
			if err != nil {
				return err
			}
			if askers[project], err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
				return err
			}
			askers[project].QPS, askers[project].WarningHandler = -1, rest.NoWarnings{}
		}
		api, err = newServer(askers)
		return err
	})
}

// everything is what the deployer may do where all features of charts/project are on.
func everything() (args []string) {
	for _, feature := range []string{
		"autoscaling", "cronJobs", "externalSecrets", "gatewayRoutes", "ingress", "jobs", "keda", "monitoring", "networkPolicies",
		"persistentVolumeClaims", "podDisruptionBudgets", "roles", "tests",
	} {
		args = append(args, "--set", "deployer.features."+feature+"=true")
	}
	return args
}
