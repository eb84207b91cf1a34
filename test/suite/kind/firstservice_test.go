//go:build e2e

package kind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

// The files of docs/first-service.md make a repository that is pushed, an image that is built, and a service that answers.
// What the pipeline does in between is done here with its commands; suite pipeline runs the pipeline itself.
func TestFirstServicePage(t *testing.T) {
	p := newProject(t)
	host := shared.NewHost(t, "api."+p.name+".example.com", p.name, "orders-tls")
	page := readPage(t, "docs/first-service.md", "the-project.dev.example.com", p.name+".example.com", "--namespace the-project", "--namespace "+p.name)
	repository := t.TempDir()
	for language, comment := range map[string]string{"go": "// ", "text": "// ", "dockerfile": "# ", "yaml": "# "} {
		require.NotEmpty(t, page[language], language)
		for _, file := range page[language] {
			name, content, _ := strings.Cut(strings.TrimPrefix(file, comment), "\n")
			path := filepath.Join(repository, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		}
	}
	w := p.terminal(helmcli.Helm4)
	w.Folder = repository

	// A repository stands where GitLab does.
	gitlab := t.TempDir()
	w.Env = map[string]string{
		"GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "url." + gitlab + ".insteadOf", "GIT_CONFIG_VALUE_0": "https://gitlab.example.com/the-project/orders.git",
		"GIT_CONFIG_KEY_1": "user.name", "GIT_CONFIG_VALUE_1": "developer", "GIT_CONFIG_KEY_2": "user.email", "GIT_CONFIG_VALUE_2": "developer@example.com",
	}
	_, err := w.Script("git init --quiet --bare " + gitlab)
	require.NoError(t, err)
	_, err = w.Script(page["sh"][0])
	require.NoError(t, err)
	_, err = w.Script("git push origin dev:stg && git push origin dev:prod")
	require.NoError(t, err)

	image := p.name + "/orders:dev-1"
	w.Env = map[string]string{"DOCKER_BUILDKIT": "1"}
	build := "go vet ./... && go test ./... && docker build --tag " + image + " --build-arg VERSION=dev-1 ."
	if builder := os.Getenv("BUILDER_IMAGE"); builder != "" {
		build = strings.Replace(build, "docker build", "docker build --build-arg BUILDER_IMAGE="+builder, 1)
	}
	if docker := os.Getenv("DOCKER"); docker != "" {
		build = strings.Replace(build, "docker build", docker+" build", 1)
	}
	_, err = w.Script(build)
	require.NoError(t, err)
	require.NoError(t, node.Load(t.Context(), image))

	absolute, err := filepath.Abs(root)
	require.NoError(t, err)
	w.Must("helm", "upgrade", "--install", "orders", filepath.Join(absolute, "charts/microservice"),
		"--values", filepath.Join(absolute, "ci/platform/values.yaml"), "--values", filepath.Join(absolute, "ci/platform/values-dev.yaml"),
		"--values", "deploy/values.yaml", "--values", "deploy/values-dev.yaml", "--set", "domain="+p.name+".example.com",
		"--set", "image.repository="+p.name+"/orders", "--set", "image.tag=dev-1", helmcli.Helm4.RollbackOnFailure, "--wait", "--timeout", "5m")

	look, curl, found := strings.Cut(page["sh deployed"][0], "\n")
	require.True(t, found)
	said, err := w.Script(look)
	require.NoError(t, err)
	require.Contains(t, said.Stdout, "deployment.apps/orders")
	// The page's curl, in a network where the name leads to this cluster and its certificate is trusted.
	authority := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(authority, host.Certificate, 0o600))
	curl = strings.Replace(curl, "curl ", fmt.Sprintf("curl --silent --show-error --fail --cacert %s --connect-to ::%s ", authority, shared.HTTPS), 1)
	kindcluster.Eventually(t, "it answers", func(ctx context.Context) error {
		output, err := exec.CommandContext(ctx, "bash", "-euc", curl).CombinedOutput()
		if err == nil && string(output) != "hello from dev dev-1\n" {
			err = errors.New("another answer")
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, output)
		}
		return err
	})
}
