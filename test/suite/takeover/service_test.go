package takeover

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/explain"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	root = "../../.."
	name = "example-microservice"
)

// service is the example service in a project of its own, as the project's deployer sees it.
type service struct {
	helmcli.Terminal
	namespace string
	// way is how the manifests are applied: `kubectl create`, as the article does, or `kubectl apply`.
	way string
}

// newService returns a service that is not there yet. Pods of the article's manifests run as root, which Pod Security
// "baseline" admits.
func newService(t *testing.T, p *helmcli.Program, settings ...string) service {
	t.Helper()
	namespace := "project-" + strings.ToLower(random.UniqueID())
	explain.Failure(t, admin.Typed, namespace)
	administrator := helmcli.Terminal{T: t, Program: p, Kubeconfig: admin.Kubeconfig, Folder: root}
	args := []string{"upgrade", "--install", namespace, "charts/project", "--namespace", "projects", "--create-namespace",
		"--set", "environment=dev,podSecurity=baseline,deployer.features.takeover=true"}
	for _, setting := range settings {
		args = append(args, "--set", setting)
	}
	administrator.Must("helm", args...)
	kubeconfig, err := cluster.DeployerKubeconfig(t.Context(), admin.Kubeconfig, cluster.DeployerOptions{Namespace: namespace})
	require.NoError(t, err)
	return service{
		Terminal:  helmcli.Terminal{T: t, Program: p, Kubeconfig: kubeconfig, Folder: root},
		namespace: namespace, way: "apply",
	}
}

// manifests are those that a person applies; 10-namespace.yml is the administrator's part.
var manifests = []string{"20-service.yml", "30-config.yml", "40-deployment.yml", "50-ingress.yml"}

// applyByHand applies the manifests, each with changes: what is there and what instead.
func (s service) applyByHand(changes ...string) {
	s.T.Helper()
	changed := strings.NewReplacer(append([]string{"namespace: the-project", "namespace: " + s.namespace}, changes...)...)
	folder := s.T.TempDir()
	for _, file := range manifests {
		content, err := os.ReadFile(filepath.Join("testdata/k8s", file))
		require.NoError(s.T, err)
		path := filepath.Join(folder, file)
		require.NoError(s.T, os.WriteFile(path, []byte(changed.Replace(string(content))), 0o600))
		s.Must("kubectl", s.way, "--filename", path)
	}
	s.Must("kubectl", "rollout", "status", "--filename", folder+"/40-deployment.yml", "--timeout", "3m")
}

// withPreStop has old pods wait before they end.
var withPreStop = []string{"imagePullPolicy: Always", "imagePullPolicy: Always\n          lifecycle: {preStop: {sleep: {seconds: 5}}}"}

// deploy is the helm command that is used from the takeover on. Helm does not read the API server's description of itself, which
// is half of what a command of it costs: TestPage's commands do.
func deploy(tag string, args ...string) []string {
	command := []string{"helm", "upgrade", "--install", name, "charts/microservice", "--disable-openapi-validation"}
	for _, file := range []string{
		"ci/platform/values.yaml", "ci/platform/values-dev.yaml",
		"test/example-microservice/deploy/values.yaml", "test/example-microservice/deploy/values-dev.yaml",
	} {
		command = append(command, "--values", file)
	}
	return append(append(command, "--set", "image.tag="+tag), args...)
}

// inProcess returns the command as this process can run it: with paths from here, and the deployer's kubeconfig.
func (s service) inProcess(command []string) []string {
	command = append(command, "--kubeconfig", s.Kubeconfig)
	command[0], command[4] = s.Program.Path("helm"), filepath.Join(root, command[4])
	for i, argument := range command {
		if argument == "--values" {
			command[i+1] = filepath.Join(root, command[i+1])
		}
	}
	return command
}

// takeover runs `slipway takeover --yes` with a helm command. No proxy has to learn anything here.
func (s service) takeover(command []string) (helmcli.Output, error) {
	s.T.Helper()
	return s.slipway(append([]string{"takeover", "--yes", "--settle", "100ms", "--"}, command...)...)
}

// slipway runs the command, with nobody at its terminal.
func (s service) slipway(args ...string) (helmcli.Output, error) {
	s.T.Helper()
	line := "'" + slipway + "'"
	for _, arg := range args {
		line += " '" + arg + "'"
	}
	return s.Script(line + " </dev/null")
}

// history returns the revisions of the service's release, oldest first.
func (s service) history() []helmcli.Revision {
	s.T.Helper()
	return s.History(name)
}
