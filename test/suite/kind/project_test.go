//go:build e2e

package kind

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	projectChart = root + "/charts/project"
	// projects is the namespace that the projects' own releases are in.
	projects = "projects"
	deployer = "deployer"
	// loadNamespace is where load generators run.
	loadNamespace = "load"
)

// project is a namespace with a deployer, as an administrator sets it up with charts/project.
type project struct {
	t    *testing.T
	name string
	// deployer's kubeconfig, with a fresh token and nothing of the administrator's.
	kubeconfig string
}

// newProject sets a project up. It is removed with the test, unless that fails: then all that can be said about it is printed.
func newProject(t *testing.T) project {
	t.Helper()
	p := project{t: t, name: "project-" + strings.ToLower(random.UniqueID())}
	administrator := helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: admin.kubeconfig}
	explainFailure(t, p.name)
	administrator.Must("helm", "upgrade", "--install", p.name, projectChart, "--namespace", projects, "--create-namespace",
		"--set", "environment=dev,deployer.features.tests=true",
		"--set", fmt.Sprintf("networkPolicy.allowedNamespaces.%s=true,networkPolicy.allowedNamespaces.ingress=true,networkPolicy.allowedNamespaces.%s=true", p.name, loadNamespace))
	p.kubeconfig = p.writeKubeconfig()
	p.waitForRights()
	return p
}

// writeKubeconfig returns the path of a kubeconfig with a fresh token of the deployer.
func (p project) writeKubeconfig() string {
	p.t.Helper()
	token, err := admin.client.CoreV1().ServiceAccounts(p.name).CreateToken(p.t.Context(), deployer, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	config := clientcmdapi.NewConfig()
	config.Clusters["kind"] = &clientcmdapi.Cluster{Server: admin.config.Host, CertificateAuthorityData: admin.config.CAData}
	config.AuthInfos[deployer] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	config.Contexts[p.name] = &clientcmdapi.Context{Cluster: "kind", AuthInfo: deployer, Namespace: p.name}
	config.CurrentContext = p.name
	path := filepath.Join(p.t.TempDir(), "kubeconfig")
	require.NoError(p.t, clientcmd.WriteToFile(*config, path))
	return path
}

// waitForRights waits until the API server, which takes a moment to learn of them, grants the deployer's rights.
func (p project) waitForRights() {
	p.t.Helper()
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: p.name, Resource: "secrets", Verb: "list"},
	}}
	client := p.client()
	eventually(p.t, "the deployer's rights are in force", func(ctx context.Context) error {
		answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err == nil && !answer.Status.Allowed {
			err = errors.New("not yet")
		}
		return err
	})
}

// client returns a client with the deployer's rights.
func (p project) client() kubernetes.Interface {
	p.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", p.kubeconfig)
	require.NoError(p.t, err)
	config.QPS = -1 // no limit
	client, err := kubernetes.NewForConfig(config)
	require.NoError(p.t, err)
	return client
}

// terminal returns where the deployer works.
func (p project) terminal(helm *helmcli.Program) helmcli.Terminal {
	return helmcli.Terminal{T: p.t, Program: helm, Kubeconfig: p.kubeconfig}
}

// deadline of every wait: many times what a busy machine needs.
const deadline = 5 * time.Minute

// eventually fails the test unless check returns nil before the deadline.
func eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, deadline, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	require.NoError(t, err, "%s: %v", what, last)
}
