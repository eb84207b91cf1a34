package deploy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	chart   = "../../../charts/microservice"
	service = "example-microservice"
	// projects is the namespace of the projects' own releases.
	projects = "projects"
)

// image returns the example service's image with a tag.
func image(tag string) string { return "registry.example.com/the-project/" + service + ":" + tag }

// exampleValues are the values files of a deploy of the example service to dev, in their order: the platform's, then the
// service's own.
var exampleValues = []string{
	"../../../ci/platform/values.yaml",
	"../../../ci/platform/values-dev.yaml",
	"../../example-microservice/deploy/values.yaml",
	"../../example-microservice/deploy/values-dev.yaml",
}

// release is a Helm release as one Helm with one set of credentials sees it.
type release struct {
	t          *testing.T
	program    *program
	kubeconfig string
	namespace  string // helm's -n
	target     string // namespace of the objects
	name       string
	chart      string
	values     []string // files
	// validates says that Helm holds what it sends against the API server's description of itself, as it does by default. To
	// read that is half of what a command of Helm costs, and what is tested here depends on it nowhere.
	validates bool
}

// newRelease returns a release of the example service, not installed yet, in a project of its own, which enforces Pod
// Security "restricted". Helm will have the rights of that project's deployer, with features beside the default ones.
func newRelease(t *testing.T, p *program, features ...string) release {
	t.Helper()
	namespace := unique("project")
	r := release{
		t: t, program: p, kubeconfig: newProject(t, p, namespace, features...), namespace: namespace, target: namespace,
		name: service, chart: chart, values: exampleValues,
	}
	r.explainFailure(namespace)
	return r
}

// newProject installs charts/project as an administrator does; it returns the kubeconfig of the project's deployer.
func newProject(t *testing.T, p *program, name string, features ...string) string {
	t.Helper()
	project := release{
		t: t, program: p, kubeconfig: admin.Kubeconfig, namespace: projects, target: name, name: name, chart: "../../../charts/project",
	}
	args := []string{"--create-namespace", "--set", "environment=dev"}
	for _, feature := range features {
		args = append(args, "--set", "deployer.features."+feature+"=true")
	}
	require.NoError(t, project.upgrade(args...))
	kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), admin.Kubeconfig, cluster.DeployerOptions{Namespace: name})
	require.NoError(t, err)
	return kubeconfig
}

// unique returns a name that no other test has.
func unique(prefix string) string { return prefix + "-" + strings.ToLower(random.UniqueID()) }

// upgrade runs `helm upgrade --install` with the release's values files and args.
func (r release) upgrade(args ...string) error {
	r.t.Helper()
	return r.helm(r.upgradeArguments(args...)...)
}

func (r release) upgradeArguments(args ...string) []string {
	command := []string{"upgrade", "--install", r.name, r.chart}
	if !r.validates {
		command = append(command, "--disable-openapi-validation")
	}
	for _, file := range r.values {
		command = append(command, "--values", file)
	}
	return append(command, args...)
}

// failingUpgrade runs `helm upgrade --install` with an image that cannot be pulled, until its first pod waits for it, and has Helm
// do then, with args, what it does at the end of its timeout.
func (r release) failingUpgrade(args ...string) error {
	r.t.Helper()
	args = append(r.upgradeArguments(args...), "--set", "image.tag=dev-fail", "--wait", "--timeout", "5m", "--namespace", r.namespace)
	_, err := r.terminal().RunUntil(r.waitsForItsImage, args...)
	return err
}

// waitsForItsImage is the condition that a pod of the release waits for an image that cannot be pulled.
func (r release) waitsForItsImage(ctx context.Context) error {
	pods, err := admin.Typed.CoreV1().Pods(r.target).List(ctx, metav1.ListOptions{LabelSelector: "app=" + r.name})
	if err != nil {
		return err
	}
	for _, pod := range pods.Items {
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Waiting != nil && status.State.Waiting.Reason == "ImagePullBackOff" {
				return nil
			}
		}
	}
	return errors.New("no pod waits for its image")
}

// rollback runs `helm rollback`.
func (r release) rollback(revision int, args ...string) error {
	r.t.Helper()
	return r.helm(append([]string{"rollback", r.name, strconv.Itoa(revision)}, args...)...)
}

// uninstall runs `helm uninstall`.
func (r release) uninstall() error {
	r.t.Helper()
	return r.helm("uninstall", r.name)
}

// test runs `helm test`.
func (r release) test() error {
	r.t.Helper()
	return r.helm("test", r.name)
}

// helm runs a command of Helm's in the release's namespace.
func (r release) helm(args ...string) error {
	r.t.Helper()
	_, err := r.terminal().Run("helm", append(args, "--namespace", r.namespace)...)
	return err
}

func (r release) terminal() helmcli.Terminal {
	return helmcli.Terminal{T: r.t, Program: r.program, Kubeconfig: r.kubeconfig}
}

// by returns the same release as another Helm sees it.
func (r release) by(p *program) release {
	r.program = p
	return r
}

// history returns the release's revisions, oldest first.
func (r release) history() []helmcli.Revision {
	r.t.Helper()
	return r.terminal().History(r.name, "--namespace", r.namespace)
}

// with returns the same release with one more values file, which overrides those before it.
func (r release) with(yaml string) release {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), "values.yaml")
	require.NoError(r.t, os.WriteFile(path, []byte(yaml), 0o600))
	r.values = append(slices.Clone(r.values), path)
	return r
}
