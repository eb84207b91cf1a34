package kubeconfig_test

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
)

// project is one on a real API server, with a deployer whose rights are those that this package needs.
type project struct {
	admin     *kubernetes.Clientset
	server    string
	authority string // PEM
	token     string
}

func newProject(t *testing.T) project {
	t.Helper()
	c, err := cluster.Start(t.Context(), cluster.Options{Progress: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop()) })
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	require.NoError(t, err)
	admin, err := cluster.Client(c.Kubeconfig)
	require.NoError(t, err)

	p := project{admin: admin, server: config.Host, authority: string(config.CAData)}
	require.NotEmpty(t, p.authority)
	ctx := t.Context()
	for _, name := range []string{"the-project", "another"} {
		_, err = admin.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	_, err = admin.CoreV1().ServiceAccounts("the-project").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "deployer"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = admin.RbacV1().Roles("the-project").Create(ctx, &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: "deployer"},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get"}},
			{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = admin.RbacV1().RoleBindings("the-project").Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "deployer"},
		RoleRef:    rbacv1.RoleRef{Kind: "Role", Name: "deployer"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "deployer", Namespace: "the-project"}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	seconds := int64(600)
	token, err := admin.CoreV1().ServiceAccounts("the-project").CreateToken(ctx, "deployer",
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}, metav1.CreateOptions{})
	require.NoError(t, err)
	p.token = token.Status.Token
	p.waitUntilUsable(t)
	return p
}

// waitUntilUsable waits until the API server knows of the rights, which follow a moment after they were made.
func (p project) waitUntilUsable(t *testing.T) {
	t.Helper()
	var err error
	require.Eventually(t, func() bool {
		_, err = writeWith(t, kubeconfig.Options{}, p.variables())
		return err == nil
	}, 2*time.Minute, 100*time.Millisecond, "last: %v", err)
}

func (p project) variables() map[string]string {
	return map[string]string{"K8S_DEV_SERVER": p.server, "K8S_DEV_TOKEN": p.token, "K8S_DEV_CA": p.authority,
		"CI_COMMIT_REF_NAME": "dev", "CI_COMMIT_BRANCH": "dev", "CI_COMMIT_REF_PROTECTED": "true",
		kubeconfig.IDToken: jwt(`{"ref": "dev", "ref_type": "branch", "ref_protected": "true", "pipeline_source": "push", "environment": "dev"}`)}
}

// docker makes a pull secret with a login for a registry.
func (p project) pullSecret(t *testing.T, name, registry string) {
	t.Helper()
	_, err := p.admin.CoreV1().Secrets("the-project").Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Type: corev1.SecretTypeDockerConfigJson,
		Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte(`{"auths": {"` + registry + `": {"auth": "bWU6bWU="}}}`)},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
}

func TestServer(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.pullSecret(t, "regcred", "https://registry.example.com/v1/")
	_, err := p.admin.CoreV1().Secrets("the-project").Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "opaque"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Run("accepts", func(t *testing.T) { p.accepts(t) })
	t.Run("refuses", func(t *testing.T) { p.refuses(t) })
	t.Run("a token that ends soon", func(t *testing.T) { p.endsSoon(t) })
	t.Run("a token that may not read secrets", func(t *testing.T) { p.mayNotReadSecrets(t) })
}

// Every form of the credentials that works.
func (p project) accepts(t *testing.T) {
	flat := strings.TrimSpace(p.authority)
	for name, c := range map[string]struct {
		options   kubeconfig.Options
		variables map[string]string
	}{
		"text":                                 {},
		"a variable of type File":              {variables: map[string]string{"K8S_DEV_CA": write(t, p.authority)}},
		"text whose lines were joined":         {variables: map[string]string{"K8S_DEV_CA": strings.ReplaceAll(flat, "\n", " ")}},
		"text with \\n":                        {variables: map[string]string{"K8S_DEV_CA": strings.ReplaceAll(flat, "\n", `\n`)}},
		"certificate-authority-data":           {variables: map[string]string{"K8S_DEV_CA": base64.StdEncoding.EncodeToString([]byte(p.authority))}},
		"pasted with white space":              {variables: map[string]string{"K8S_DEV_TOKEN": "\n" + p.token + " \n", "K8S_DEV_SERVER": p.server + "\n"}},
		"scoped to the environment":            {variables: map[string]string{"K8S_DEV_TOKEN": "", "K8S_TOKEN": p.token, "K8S_DEV_CA": "", "K8S_CA": p.authority}},
		"the environment's goes before":        {variables: map[string]string{"K8S_TOKEN": secret}},
		"an agent's context":                   {variables: agentOnly("K8S_CONTEXT", "team/agents:dev", p.agent(t))},
		"an agent's before what holds for all": {variables: with(agentOnly("K8S_DEV_CONTEXT", "team/agents:dev", p.agent(t)), "K8S_TOKEN", secret)},
		"before an agent's":                    {variables: map[string]string{"K8S_CONTEXT": "nowhere", "K8S_DEV_CONTEXT": "nowhere"}},
		"the pull secret":                      {options: kubeconfig.Options{PullSecret: "regcred"}},
		"the registry in it":                   {options: kubeconfig.Options{PullSecret: "regcred", Registry: "registry.example.com"}},
		"a protected branch":                   {options: kubeconfig.Options{Protected: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := p.variables()
			maps.Copy(variables, c.variables)
			var told bytes.Buffer
			c.options.Progress = &told
			path, err := writeWith(t, c.options, variables)
			require.NoError(t, err)
			require.NotContains(t, told.String(), p.token)
			require.Contains(t, told.String(), "environment dev is namespace the-project on "+p.server)

			for path, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.Equal(t, mode, info.Mode().Perm(), path)
			}
			written, err := clientcmd.LoadFromFile(path)
			require.NoError(t, err)
			require.Equal(t, "the-project", written.Contexts[written.CurrentContext].Namespace)
			require.Len(t, written.Contexts, 1)
			client, err := cluster.Client(path)
			require.NoError(t, err)
			who, err := client.AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
			require.NoError(t, err)
			require.Equal(t, "system:serviceaccount:the-project:deployer", who.Status.UserInfo.Username)
		})
	}
}

// A token that ends soon is told in time. This one is valid for ten minutes.
func (p project) endsSoon(t *testing.T) {
	var told bytes.Buffer
	_, err := writeWith(t, kubeconfig.Options{Progress: &told}, p.variables())
	require.NoError(t, err)
	require.Contains(t, told.String(), "as system:serviceaccount:the-project:deployer")
	require.Contains(t, told.String(), "WARNING: K8S_DEV_TOKEN expires on 20")
}

func (p project) mayNotReadSecrets(t *testing.T) {
	role, err := p.admin.RbacV1().Roles("the-project").Get(t.Context(), "deployer", metav1.GetOptions{})
	require.NoError(t, err)
	role.Rules = role.Rules[:1]
	_, err = p.admin.RbacV1().Roles("the-project").Update(t.Context(), role, metav1.UpdateOptions{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err = writeWith(t, kubeconfig.Options{PullSecret: "regcred"}, p.variables())
		return err != nil
	}, 2*time.Minute, 100*time.Millisecond)
	require.ErrorContains(t, err, "K8S_DEV_TOKEN may not read secrets in namespace the-project")
}

// Every way in which credentials that look right are wrong.
func (p project) refuses(t *testing.T) {
	foreign, _ := newCA(t, time.Now().Add(time.Hour))
	expired := jwt(`{"sub": "system:serviceaccount:the-project:deployer", "exp": 1000000000}`)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	website := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(website.Close)
	_, port, err := net.SplitHostPort(website.Listener.Addr().String())
	require.NoError(t, err)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := taken.Addr().String()
	require.NoError(t, taken.Close())

	for name, c := range map[string]struct {
		options   kubeconfig.Options
		variables map[string]string
		says      []string
	}{
		"a wrong token": {
			variables: map[string]string{"K8S_DEV_TOKEN": secret},
			says:      []string{"K8S_DEV_TOKEN is refused by " + p.server, "another cluster's", "kubectl create token deployer --namespace the-project"},
		},
		"a token that has expired": {
			variables: map[string]string{"K8S_DEV_TOKEN": expired},
			says:      []string{"K8S_DEV_TOKEN is refused", "it has expired on 2001-09-09"},
		},
		"an authority of another cluster": {
			variables: map[string]string{"K8S_DEV_CA": foreign},
			says:      []string{"K8S_DEV_CA did not sign the certificate of " + p.server, "certificate-authority-data"},
		},
		"a name that the certificate has not": {
			variables: map[string]string{"K8S_DEV_SERVER": "https://localhost:" + port, "K8S_DEV_CA": pemOf(website)},
			says:      []string{"K8S_DEV_SERVER is https://localhost:" + port, "the certificate there is for other names"},
		},
		"nobody listens": {
			variables: map[string]string{"K8S_DEV_SERVER": "https://" + nobody},
			says:      []string{"K8S_DEV_SERVER is https://" + nobody + ", which this runner does not reach", "connection refused"},
		},
		"a host that is not there": {
			variables: map[string]string{"K8S_DEV_SERVER": "https://api.invalid:6443"},
			says:      []string{"K8S_DEV_SERVER is https://api.invalid:6443, whose host name this runner does not find"},
		},
		"a port without TLS": {
			variables: map[string]string{"K8S_DEV_SERVER": "https://" + plain.Listener.Addr().String()},
			says:      []string{"K8S_DEV_SERVER is", "where nothing speaks TLS"},
		},
		"something else than Kubernetes": {
			variables: map[string]string{"K8S_DEV_SERVER": website.URL, "K8S_DEV_CA": pemOf(website)},
			says:      []string{"K8S_DEV_SERVER is", "does not answer as an API server of Kubernetes does"},
		},
		"a namespace that is not the deployer's": {
			options: kubeconfig.Options{Namespace: "another"},
			says: []string{"K8S_DEV_TOKEN is valid", "not for namespace another", "It belongs to system:serviceaccount:the-project:deployer",
				"helm upgrade --install another charts/project --namespace projects --create-namespace --set environment=dev"},
		},
		"a namespace that is not there, for one who would see it": {
			options:   kubeconfig.Options{Namespace: "missing"},
			variables: agentOnly("K8S_DEV_CONTEXT", "team/agents:admin", p.agent(t)),
			says:      []string{"namespace missing is not there on " + p.server, "helm upgrade --install missing charts/project"},
		},
		"no pull secret": {
			options: kubeconfig.Options{PullSecret: "missing"},
			says:    []string{"secret missing, which pods pull their images with, is not there in namespace the-project", "kubectl create secret generic missing --namespace the-project --type kubernetes.io/dockerconfigjson"},
		},
		"a pull secret of another type": {
			options: kubeconfig.Options{PullSecret: "opaque"},
			says:    []string{`secret opaque in namespace the-project is of type "Opaque"`},
		},
		"a pull secret for another registry": {
			options: kubeconfig.Options{PullSecret: "regcred", Registry: "other.example.com:5050"},
			says:    []string{"secret regcred in namespace the-project has no login for other.example.com:5050, only for: https://registry.example.com/v1/"},
		},
		"another branch than its variables say": {
			options:   kubeconfig.Options{Protected: true},
			variables: map[string]string{kubeconfig.IDToken: jwt(`{"ref": "feature", "ref_type": "branch"}`)},
			says:      []string{`GitLab's token for it says ref "feature", and not "dev"`},
		},
		"temporary files in the project's folder": {
			variables: map[string]string{"CI_PROJECT_DIR": os.TempDir()},
			says:      []string{"set TMPDIR to a folder outside of it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := p.variables()
			maps.Copy(variables, c.variables)
			_, err := writeWith(t, c.options, variables)
			require.Error(t, err)
			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}
			for _, text := range []string{p.token, expired, secret} {
				require.NotContains(t, err.Error(), text)
			}
		})
	}
}

// agent writes a kubeconfig as GitLab gives it to the jobs of a project that its agent serves.
func (p project) agent(t *testing.T) string {
	t.Helper()
	admin := p.adminToken(t)
	return write(t, `{apiVersion: v1, kind: Config,
  clusters: [{name: gitlab, cluster: {server: "`+p.server+`", certificate-authority-data: `+base64.StdEncoding.EncodeToString([]byte(p.authority))+`}}],
  users: [{name: "agent:1", user: {token: "`+p.token+`"}}, {name: "agent:2", user: {token: "`+admin+`"}}],
  contexts: [{name: "team/agents:dev", context: {cluster: gitlab, user: "agent:1"}}, {name: "team/agents:admin", context: {cluster: gitlab, user: "agent:2"}}]}`)
}

// adminToken makes an account that may read every namespace.
func (p project) adminToken(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{GenerateName: "reader-"}}
	account, err := p.admin.CoreV1().ServiceAccounts("the-project").Create(ctx, account, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = p.admin.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account.Name},
		RoleRef:    rbacv1.RoleRef{Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account.Name, Namespace: "the-project"}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	token, err := p.admin.CoreV1().ServiceAccounts("the-project").CreateToken(ctx, account.Name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	return token.Status.Token
}
