// Package tokens proves whose jobs are a project's deployer, on a real API server that knows a GitLab by ci/authentication.yaml:
// each claim of an ID token that is another one keeps the job out, and a job of one environment finds nothing of another's in
// all that it has. GitLab itself is a small issuer of tokens, and a model of which job it gives which variables.
package tokens

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/embedded"
	"gitlab.example.com/platform/slipway/test/suite/gitlab"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

const root = "../../.."

var (
	admin embedded.Administrator
	// issuer is the GitLab whose jobs are let in, stranger another one.
	issuer, stranger *gitlab.Server
	slipway          string
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "slipway-tokens-")
	if err == nil {
		issuer, err = gitlab.Start()
	}
	if err == nil {
		stranger, err = gitlab.Start()
	}
	var configuration string
	if err == nil {
		configuration, err = authentication(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		os.Exit(2)
	}
	embedded.MainWith(m, cluster.Options{AuthenticationConfig: configuration}, func(ctx context.Context, a embedded.Administrator, folder string) (err error) {
		admin = a
		slipway, err = undertest.Slipway(ctx, folder)
		return err
	})
}

// authentication writes ci/authentication.yaml with the issuer's address and certificate authority, as an administrator would.
func authentication(folder string) (string, error) {
	content, err := os.ReadFile(filepath.Join(root, "ci/authentication.yaml"))
	if err != nil {
		return "", err
	}
	indented := "      certificateAuthority: |\n        " + strings.ReplaceAll(strings.TrimSpace(issuer.Authority), "\n", "\n        ")
	text := strings.NewReplacer("https://gitlab.example.com", issuer.URL, "      # certificateAuthority: |", indented).Replace(string(content))
	path := filepath.Join(folder, "authentication.yaml")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// administrator is where the administrator of the cluster works.
func administrator(t *testing.T) helmcli.Terminal {
	return helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: admin.Kubeconfig}
}

// newProject installs charts/project for an environment, with further values.
func newProject(t *testing.T, name, environment string, values ...string) {
	t.Helper()
	args := []string{"upgrade", "--install", name, filepath.Join(root, "charts/project"), "--namespace", "projects", "--create-namespace",
		"--set", "environment=" + environment}
	for _, value := range values {
		args = append(args, "--set", value)
	}
	administrator(t).Must("helm", args...)
}

// bearer returns a client whose only credential is a token.
func bearer(t *testing.T, token string) kubernetes.Interface {
	t.Helper()
	config := rest.AnonymousClientConfig(admin.Config)
	config.BearerToken, config.QPS = token, -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
