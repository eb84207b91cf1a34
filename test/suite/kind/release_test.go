//go:build e2e

package kind

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

const (
	chart = root + "/charts/microservice"
	// basePath of the service's API.
	basePath = "/example/api/endpoint"
)

// values are the files of a deploy of the example service to dev, in their order: the platform's, then the service's own.
var values = []string{
	root + "/ci/platform/values.yaml",
	root + "/ci/platform/values-dev.yaml",
	root + "/test/example-microservice/deploy/values.yaml",
	root + "/test/example-microservice/deploy/values-dev.yaml",
}

// release is the example service in a project of its own, deployed by that project's deployer.
type release struct {
	project
	helm    *helmcli.Program
	ingress kindcluster.Host
}

// newRelease returns a release that is not installed yet, whose host has a certificate, in a project with further values of
// charts/project.
func newRelease(t *testing.T, helm *helmcli.Program, values ...string) release {
	t.Helper()
	r := release{project: newProject(t, values...), helm: helm}
	r.ingress = shared.NewHost(t, r.host(), r.name, service+"-tls")
	return r
}

// domain of the release's project, which is its own: the Ingress of another release must not get its requests.
func (r release) domain() string { return r.name + ".example.com" }

// host of the release's Ingress.
func (r release) host() string { return "api." + r.domain() }

// by returns the same release as another Helm sees it.
func (r release) by(helm *helmcli.Program) release {
	r.helm = helm
	return r
}

// deploy runs the command of a deploy with a version of the service, and returns when the rollout is over.
func (r release) deploy(version string, args ...string) error {
	r.t.Helper()
	_, err := r.terminal(r.helm).Run("helm", r.deployArguments(version, args...)...)
	return err
}

func (r release) deployArguments(version string, args ...string) []string {
	all := []string{"upgrade", "--install", service, chart}
	for _, file := range values {
		all = append(all, "--values", file)
	}
	return append(append(all, "--set", "image.tag="+version, "--set", "domain="+r.domain(),
		r.helm.RollbackOnFailure, "--wait", "--timeout", "5m"), args...)
}

// mustDeploy runs a deploy that has to succeed.
func (r release) mustDeploy(version string, args ...string) {
	r.t.Helper()
	require.NoError(r.t, r.deploy(version, args...))
}

// history returns the release's revisions, oldest first.
func (r release) history() []helmcli.Revision {
	r.t.Helper()
	return r.terminal(r.helm).History(service)
}

// rollback runs `helm rollback`, which has to succeed.
func (r release) rollback(revision int) {
	r.t.Helper()
	r.terminal(r.helm).Must("helm", "rollback", service, strconv.Itoa(revision), "--wait", "--timeout", "5m")
}

// pods returns the service's pods that are not about to go.
func (r release) pods(ctx context.Context) ([]corev1.Pod, error) {
	list, err := admin.client.CoreV1().Pods(r.name).List(ctx, metav1.ListOptions{LabelSelector: "app=" + service})
	if err != nil {
		return nil, err
	}
	var pods []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods, nil
}

// get asks the service through the Ingress, as a user outside the cluster does.
func (r release) get(ctx context.Context, path string) (status int, body []byte, err error) {
	return r.ingress.Get(ctx, path)
}

// message returns the arguments of a deploy that sets another message in the configuration file.
func (r release) message(text string) []string {
	r.t.Helper()
	own, err := os.ReadFile(values[len(values)-1])
	require.NoError(r.t, err)
	changed := strings.Replace(string(own), "hello from dev", text, 1)
	require.NotEqual(r.t, string(own), changed)
	path := filepath.Join(r.t.TempDir(), "values.yaml")
	require.NoError(r.t, os.WriteFile(path, []byte(changed), 0o600))
	return []string{"--values", path}
}
