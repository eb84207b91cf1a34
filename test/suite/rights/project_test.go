package rights

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/explain"
)

const (
	// projects is the namespace that the projects' own releases are in.
	projects = "projects"
	deployer = "deployer"
)

// project is a release of charts/project. Its name is that of its namespace.
type project struct {
	terminal // the administrator's
	name     string
}

// newProject installs a project as the administrator.
func newProject(t *testing.T, p *program, args ...string) project {
	t.Helper()
	project := unnamedProject(t, p)
	require.NoError(t, project.upgrade(args...))
	return project
}

// unnamedProject returns a project that is not installed yet.
func unnamedProject(t *testing.T, p *program) project {
	t.Helper()
	name := "project-" + strings.ToLower(random.UniqueID())
	explain.Failure(t, admin.Typed, name)
	return project{terminal: newTerminal(t, p, admin.Kubeconfig), name: name}
}

// upgrade runs `helm upgrade --install`.
func (p project) upgrade(args ...string) error {
	p.T.Helper()
	_, err := p.Run("helm", append([]string{
		"upgrade", "--install", p.name, projectChart, "--namespace", projects, "--create-namespace", "--set", "environment=dev", noValidation,
	}, args...)...)
	return err
}

// uninstall runs `helm uninstall`.
func (p project) uninstall() error {
	p.T.Helper()
	_, err := p.Run("helm", "uninstall", p.name, "--namespace", projects, "--wait")
	return err
}

// granted returns the rights in the deployer's Role.
func (p project) granted() rights {
	p.T.Helper()
	role, err := admin.Typed.RbacV1().Roles(p.name).Get(p.T.Context(), deployer, metav1.GetOptions{})
	require.NoError(p.T, err)
	return rightsOf(role.Rules)
}

// user is the deployer's name in the audit log.
func (p project) user() string { return "system:serviceaccount:" + p.name + ":" + deployer }

// deployer returns where the deployer works, with a fresh token, once the API server knows of the rights.
func (p project) deployer() terminal {
	p.T.Helper()
	d := newTerminal(p.T, p.Program, writeKubeconfig(p.T, p.name, token(p.T, p.name, deployer)))
	waitUntil(d, true, right{"", "secrets", "list"}.attributes(p.name))
	return d
}

// writeKubeconfig returns the path of a kubeconfig for the cluster with a token, and nothing of the administrator's.
func writeKubeconfig(t *testing.T, namespace, token string) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["cluster"] = &clientcmdapi.Cluster{Server: admin.Config.Host, CertificateAuthorityData: admin.Config.CAData}
	config.AuthInfos[deployer] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[namespace] = &clientcmdapi.Context{Cluster: "cluster", AuthInfo: deployer, Namespace: namespace}
	config.CurrentContext = namespace
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	return path
}

// whoAmI returns the user's name that a client's credentials are for, once the API server, which takes a moment to learn of
// a new token, knows them.
func whoAmI(t *testing.T, client kubernetes.Interface) string {
	t.Helper()
	var name string
	eventually.NoError(t, "the credentials are accepted", func(ctx context.Context) error {
		review, err := client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
		if err == nil {
			name = review.Status.UserInfo.Username
		}
		return err
	})
	return name
}

// client returns a client with the terminal's credentials.
func (w terminal) client() kubernetes.Interface {
	w.T.Helper()
	client, err := kubernetes.NewForConfig(w.config())
	require.NoError(w.T, err)
	return client
}

func (w terminal) config() *rest.Config {
	w.T.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", w.Kubeconfig)
	require.NoError(w.T, err)
	config.QPS = -1 // no limit
	return config
}

// waitUntil waits until the API server, which takes a moment to learn of a change, grants a right or grants it no more.
func waitUntil(w terminal, allowed bool, right authorizationv1.ResourceAttributes) {
	w.T.Helper()
	client := w.client()
	eventually.NoError(w.T, fmt.Sprintf("%s %s allowed: %v", right.Verb, right.Resource, allowed), func(ctx context.Context) error {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &right}}
		answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err == nil && answer.Status.Allowed != allowed {
			err = errors.New("not yet")
		}
		return err
	})
}
