//go:build e2e

// Package pipeline runs a service's pipeline from its own .gitlab-ci.yml, without GitLab but with everything else real:
// gitlab-ci-local starts each job in a container of its image, Docker's engine builds the service's image and pushes it to
// a registry with TLS and passwords, and the job image's Helm deploys it with the deployer's token into a cluster of kind,
// whose node pulls it with the project's pull secret.
package pipeline

import (
	"cmp"
	"context"
	"os"
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
	"gitlab.example.com/platform/slipway/test/suite/registry"
	"gitlab.example.com/platform/slipway/test/tool"
)

// root of the repository.
const root = "../../.."

var (
	// shared is the cluster of all tests.
	shared *kindcluster.Cluster
	// images is the registry that all services push to.
	images *registry.Registry
	// gitlabCILocal is the path of the program that runs pipelines.
	gitlabCILocal string
)

// defaultHelperImage is the one that gitlab-ci-local copies artifacts with.
const defaultHelperImage = "docker.io/firecow/gitlab-ci-local-util:latest"

// builderImage, where none can be pulled, is the one that services are tested and built in, and jobBaseImage the one that
// the job image starts from: test/cluster/nodeimage makes both.
var (
	builderImage = os.Getenv("BUILDER_IMAGE")
	jobBaseImage = os.Getenv("JOB_BASE_IMAGE")
	helperImage  = cmp.Or(jobBaseImage, defaultHelperImage)
)

func TestMain(m *testing.M) {
	kindcluster.Main(m, func(ctx context.Context, c *kindcluster.Cluster, folder string) (err error) {
		shared = c
		if gitlabCILocal, err = tool.GitlabCILocal.Path(ctx, os.Stderr); err != nil {
			return err
		}
		// It ends with this process.
		if images, err = registry.Start(ctx, os.Stderr, c.Node); err != nil {
			return err
		}
		return buildJobImage(ctx, folder)
	})
}
