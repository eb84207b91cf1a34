package fleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// typed are the commands of docs/check.md: the folder in which each is typed, what it says, and the files that it writes.
var typed = map[string]struct {
	folder, says string
	writes       []string
}{
	"slipway check": {folder: "orders", says: "2 releases in 1 service (dev, prod), Kubernetes 1.30 to 1.37: no findings"},
	"slipway check fleet --changed-since origin/main":                                                                        {says: "2 releases in 1 service (dev, prod)"},
	"slipway check --report junit=check.xml --report codequality=check.json":                                                 {folder: "orders", says: "no findings", writes: []string{"check.xml", "check.json"}},
	"slipway check --name orders --values deploy/values.yaml --values 'deploy/values-{environment}.yaml' --environment prod": {folder: "orders", says: "1 release in 1 service (prod)"},
	"slipway render --service orders --environment prod --kubernetes 1.30":                                                   {folder: "orders", says: "image: \"registry.example.com/x/orders:prod-1\""},
	"SLIPWAY_CHART=../slipway/charts/microservice SLIPWAY_PLATFORM=../slipway/ci/platform slipway check":                     {folder: "invoices", says: "2 releases in 1 service (dev, prod), Kubernetes 1.30 to 1.37: no findings"},
	"slipway check --manifests k8s/prod --environment prod":                                                                  {folder: "manifests", says: "2 objects (prod), Kubernetes 1.30 to 1.37: no findings"},
	"slipway check --manifests - <k8s/prod/20-service.yml":                                                                   {folder: "manifests", says: "1 object, Kubernetes 1.30 to 1.37: no findings"},
	"slipway rules": {says: "values-unknown-key (error)"},
	"slipway check --values 'base/{service}.yaml' --values 'envs/{environment}/{service}.yaml' --set 'image.tag={environment}-1'": {folder: "layout", says: "2 releases in 1 service (dev, prod), Kubernetes 1.30 to 1.37: no findings"},
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// Every command that docs/check.md shows works.
func TestPage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "docs/check.md"))
	require.NoError(t, err)
	var commands []string
	for _, block := range shellBlock.FindAllStringSubmatch(string(content), -1) {
		for line := range strings.Lines(block[1]) {
			command, _, _ := strings.Cut(line, " # ")
			if command = strings.TrimSpace(command); command != "" {
				commands = append(commands, command)
			}
		}
	}
	require.NotEmpty(t, commands)
	tree := page(t)
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			step, known := typed[command]
			require.True(t, known, "no test types this command")
			folder := filepath.Join(tree, step.folder)
			out, err := shell(folder, command)
			require.NoError(t, err, out)
			require.Contains(t, out, step.says)
			for _, file := range step.writes {
				require.FileExists(t, filepath.Join(folder, file))
			}
		})
	}
}

// page makes a service's own repository, a fleet of which one service has changed since origin/main, and a tree of another
// layout.
func page(t *testing.T) (tree string) {
	tree = t.TempDir()
	write := func(path, text string) {
		t.Helper()
		file := filepath.Join(tree, filepath.FromSlash(path))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	const common = "image: {registry: registry.example.com/x}\nresources: {limits: {memory: 64Mi}}\n"
	for _, service := range []string{"orders", "fleet/billing", "fleet/shipping"} {
		write(service+"/deploy/values.yaml", common)
		write(service+"/deploy/values-dev.yaml", "environment: dev\n")
		write(service+"/deploy/values-prod.yaml", "environment: prod\n")
	}
	write("manifests/k8s/prod/30-configmap.yml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: orders, namespace: the-project}\n---\n")
	write("manifests/k8s/prod/20-service.yml", "apiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: the-project}\nspec: {selector: {app: orders}, ports: [{port: 80}]}\n")
	// What is missing in these the platform gives, in a checkout beside them.
	write("invoices/deploy/values-dev.yaml", "replicas: 1\n")
	write("invoices/deploy/values-prod.yaml", "replicas: 2\n")
	platform, err := filepath.Abs(root)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(platform, filepath.Join(tree, "slipway")))
	write("layout/base/orders.yaml", common)
	for _, environment := range []string{"dev", "prod"} {
		write("layout/envs/"+environment+"/orders.yaml", "environment: "+environment+"\n")
	}
	out, err := shell(tree, `git init -q -b main . && git add . && git -c user.name=a -c user.email=a@example.com commit -q -m first &&
		git update-ref refs/remotes/origin/main HEAD`)
	require.NoError(t, err, out)
	write("fleet/billing/deploy/values-dev.yaml", "environment: dev\nreplicas: 3\n")
	return tree
}

// shell types a command in a folder, and returns what it prints.
func shell(folder, command string) (string, error) {
	cmd := exec.Command("bash", "-c", command)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(slipway)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"SLIPWAY_CHART="+filepath.Join(root, "charts/microservice"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// So does what `slipway render --help` shows, with a values file that has no tag.
func TestRenderHelp(t *testing.T) {
	t.Parallel()
	tree := page(t)
	help, err := shell(tree, "slipway render --help")
	require.NoError(t, err, help)
	_, examples, found := strings.Cut(help, "Examples:\n")
	require.True(t, found, help)
	examples, _, _ = strings.Cut(examples, "\n\n")
	require.Equal(t, 2, strings.Count(examples, "slipway render"))
	folder := filepath.Join(tree, "orders")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "my-values.yaml"), []byte("environment: dev\nimage: {repository: registry.example.com/x/orders}\n"), 0o600))
	require.NoError(t, os.Symlink(filepath.Join(tree, "slipway", "charts"), filepath.Join(folder, "charts")))
	for command := range strings.Lines(examples) {
		out, err := shell(folder, strings.TrimSpace(command))
		require.NoError(t, err, out)
		require.Contains(t, out, "kind: Deployment", command)
	}
}
