package rights

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// By default no token is stored anywhere.
func TestNoTokenByDefault(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4)
	secrets, err := admin.Typed.CoreV1().Secrets(project.name).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Empty(t, secrets.Items)
}

// A token that lasts is the administrator's explicit choice, survives upgrades, and ends with that choice.
func TestLastingToken(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := newProject(t, p, "--set", "deployer.token=true")
		stored := project.storedToken()
		client := newTerminal(t, p, writeKubeconfig(t, project.name, stored)).client()
		require.Equal(t, project.user(), whoAmI(t, client))

		require.NoError(t, project.upgrade("--set", "deployer.token=true,client=another"))
		require.Equal(t, stored, project.storedToken())

		require.NoError(t, project.upgrade())
		_, err := admin.Typed.CoreV1().Secrets(project.name).Get(t.Context(), deployer, metav1.GetOptions{})
		require.True(t, apierrors.IsNotFound(err), "%v", err)
		requireRefused(t, client)
	})
}

// All tokens end when the account is made anew, also one that the deployer has made itself, and the new account has the
// deployer's rights.
func TestTokensEndWithTheAccount(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := newProject(t, p)
		client := project.deployer().client()
		own := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: deployer, Annotations: map[string]string{corev1.ServiceAccountNameKey: deployer}},
			Type:       corev1.SecretTypeServiceAccountToken,
		}
		_, err := client.CoreV1().Secrets(project.name).Create(t.Context(), own, metav1.CreateOptions{})
		require.NoError(t, err)
		lasting := newTerminal(t, p, writeKubeconfig(t, project.name, project.storedToken())).client()
		require.Equal(t, project.user(), whoAmI(t, lasting))

		require.NoError(t, admin.Typed.CoreV1().ServiceAccounts(project.name).Delete(t.Context(), deployer, metav1.DeleteOptions{}))
		require.NoError(t, project.upgrade())
		project.deployer()
		requireRefused(t, client)
		requireRefused(t, lasting)
	})
}

// requireRefused waits until the API server, which remembers a token for ten seconds, knows it no more.
func requireRefused(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	eventually.NoError(t, "the token is refused", func(ctx context.Context) error {
		_, err := client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
		if apierrors.IsUnauthorized(err) {
			return nil
		}
		return errors.Join(errors.New("still accepted"), err)
	})
}

// storedToken waits for the token in the Secret.
func (p project) storedToken() string {
	p.T.Helper()
	var secret *corev1.Secret
	eventually.NoError(p.T, "token in the Secret", func(ctx context.Context) (err error) {
		secret, err = admin.Typed.CoreV1().Secrets(p.name).Get(ctx, deployer, metav1.GetOptions{})
		if err == nil && len(secret.Data[corev1.ServiceAccountTokenKey]) == 0 {
			err = errors.New("not yet")
		}
		return err
	})
	return string(secret.Data[corev1.ServiceAccountTokenKey])
}

// The commands that Helm shows after an install work as they are.
func TestNotes(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"default": nil, "lasting token": {"--set", "deployer.token=true"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project := newProject(t, helm4, args...)
			if args != nil {
				project.storedToken()
			}
			project.Folder = t.TempDir()
			writeDockerConfig(t, project.Folder)
			var commands string
			for line := range strings.Lines(project.Must("helm", "get", "notes", project.name, "--namespace", projects).Stdout) {
				if strings.HasPrefix(line, "  kubectl ") {
					commands += line
				}
			}
			require.Equal(t, 3, strings.Count(commands, "\n"), commands)

			output, err := project.Script(commands)
			require.NoError(t, err)
			token, said, ok := strings.Cut(output.Stdout, "secret/regcred created")
			require.True(t, ok, said)
			client := newTerminal(t, helm4, writeKubeconfig(t, project.name, strings.TrimSpace(token))).client()
			require.Equal(t, project.user(), whoAmI(t, client))
			require.Contains(t, said, "deployments.apps")
		})
	}
}

// token returns a token of an account that ends in an hour.
func token(t *testing.T, namespace, account string) string {
	t.Helper()
	answer, err := admin.Typed.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	return answer.Status.Token
}
