package tokens

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/gitlab"
)

const service = "the-project/example-microservice"

// A job with the right claims is the deployer; with any of them another one, it is nobody, or somebody without a right.
func TestIdentity(t *testing.T) {
	t.Parallel()
	newProject(t, "identity", "dev", "deployer.gitlab.projects.the-project/example-microservice=true", "deployer.gitlab.promotedTo=prod")
	newProject(t, "identity-group", "dev", "deployer.gitlab.groups.the-project=true")
	push := gitlab.Push(service, "dev")
	requireRights(t, "identity", issuer.Token(t, push))
	requireRights(t, "identity-group", issuer.Token(t, push))
	who, err := bearer(t, issuer.Token(t, push)).AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, "gitlab:"+service+":dev:dev", who.Status.UserInfo.Username)

	unsigned := strings.Split(issuer.Token(t, push), ".")
	unsigned[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	for name, c := range map[string]struct {
		token string
		known bool // to the API server, as somebody without rights
	}{
		"another project":            {issuer.Token(t, gitlab.Push("the-project/another", "dev")), true},
		"a project of another group": {issuer.Token(t, gitlab.Push("another/example-microservice", "dev")), true},
		"a project below the group":  {issuer.Token(t, gitlab.Push("the-project/below/example-microservice", "dev")), true},
		"a project that begins so":   {issuer.Token(t, gitlab.Push(service+"-2", "dev")), true},
		"another branch":             {issuer.Token(t, gitlab.Push(service, "stg")), true},
		"another branch's job that says it is of this environment": {issuer.Token(t, gitlab.Push(service, "stg").With(gitlab.Claims{"environment": "dev"})), true},
		"another environment":                    {issuer.Token(t, push.With(gitlab.Claims{"environment": "prod"})), true},
		"no environment":                         {issuer.Token(t, push.With(gitlab.Claims{"environment": nil})), false},
		"another audience":                       {issuer.Token(t, push.With(gitlab.Claims{"aud": "vault"})), false},
		"expired":                                {issuer.Token(t, push.With(gitlab.Claims{"exp": time.Now().Add(-time.Hour).Unix()})), false},
		"not valid yet":                          {issuer.Token(t, push.With(gitlab.Claims{"nbf": time.Now().Add(time.Hour).Unix()})), false},
		"another GitLab's":                       {stranger.Token(t, push), false},
		"another's in our name":                  {stranger.Token(t, push.With(gitlab.Claims{"iss": issuer.URL})), false},
		"unsigned":                               {strings.Join(unsigned[:2], ".") + ".", false},
		"changed":                                {changed(t, issuer.Token(t, gitlab.Push(service, "stg")), push), false},
		"a branch not protected":                 {issuer.Token(t, push.With(gitlab.Claims{"ref_protected": "false"})), false},
		"a tag called dev":                       {issuer.Token(t, push.With(gitlab.Claims{"ref_type": "tag"})), false},
		"a schedule":                             {issuer.Token(t, push.With(gitlab.Claims{"pipeline_source": "schedule"})), false},
		"a merge request of a branch called dev": {issuer.Token(t, push.With(gitlab.Claims{"pipeline_source": "merge_request_event"})), false},
		"a fork's, which runs in the project":    {issuer.Token(t, gitlab.Push("somebody/example-microservice", "dev")), true},
		"a branch with the colons of another's claims": {issuer.Token(t, gitlab.Push("the-project/another", "dev").With(gitlab.Claims{"ref": "x:dev"})), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, namespace := range []string{"identity", "identity-group"} {
				if namespace == "identity-group" && strings.HasPrefix(name, "another project") || name == "a project that begins so" && namespace == "identity-group" {
					continue // of the same group
				}
				_, err := bearer(t, c.token).CoreV1().Secrets(namespace).List(t.Context(), metav1.ListOptions{})
				require.Equal(t, c.known, apierrors.IsForbidden(err), "%v", err)
				require.Equal(t, !c.known, apierrors.IsUnauthorized(err), "%v", err)
			}
		})
	}
	t.Run("prod's promote sees what runs, and no more", func(t *testing.T) {
		t.Parallel()
		client := bearer(t, issuer.Token(t, gitlab.Push(service, "prod").With(gitlab.Claims{"environment": "dev"})))
		eventually.NoError(t, "it sees Deployments", func(ctx context.Context) error {
			_, err := client.AppsV1().Deployments("identity").Get(ctx, "missing", metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return err
		})
		_, err := client.CoreV1().Secrets("identity").List(t.Context(), metav1.ListOptions{})
		require.True(t, apierrors.IsForbidden(err), "%v", err)
		_, err = client.AppsV1().Deployments("identity-group").Get(t.Context(), "missing", metav1.GetOptions{})
		require.True(t, apierrors.IsForbidden(err), "%v", err)
	})
}

// changed is a signed token with other claims in it.
func changed(t *testing.T, token string, claims gitlab.Claims) string {
	t.Helper()
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	all := gitlab.Claims{}
	require.NoError(t, json.Unmarshal(payload, &all))
	payload, err = json.Marshal(all.With(claims))
	require.NoError(t, err)
	parts[1] = base64.RawURLEncoding.EncodeToString(payload)
	return strings.Join(parts, ".")
}

// requireRights waits until the API server, which takes a moment to learn of an issuer and of a binding, lets the token deploy.
func requireRights(t *testing.T, namespace, token string) {
	t.Helper()
	eventually.NoError(t, "the token is the deployer's", func(ctx context.Context) error {
		_, err := bearer(t, token).CoreV1().Secrets(namespace).List(ctx, metav1.ListOptions{})
		return err
	})
}
