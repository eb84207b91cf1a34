// Package gitlab stands for what a GitLab gives to the jobs of its pipelines: ID tokens that it has signed, with the keys by which
// an API server knows them, and the variables that are set for them.
package gitlab

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	jose "gopkg.in/go-jose/go-jose.v2"
	"gopkg.in/go-jose/go-jose.v2/jwt"
)

// Audience is whom the tokens are for: input audience of ci/service.yml, by default.
const Audience = "slipway"

// keyID names the key that GitLab signs with.
const keyID = "test"

// Server signs ID tokens and publishes its keys over TLS, as OpenID Connect wants it, and takes what jobs tell its API.
type Server struct {
	// URL is GitLab's, and the claim iss of each token.
	URL string
	// Authority is the certificate authority of that address, as PEM text.
	Authority string

	// JobToken is the CI_JOB_TOKEN that the API takes.
	JobToken string

	signer jose.Signer
	server *httptest.Server

	mutex       sync.Mutex
	deployments []Deployment
}

// Deployment is one that a job has made by the API (https://docs.gitlab.com/api/deployments/#create-a-deployment).
type Deployment struct {
	Environment string `json:"environment"`
	Commit      string `json:"sha"`
	Ref         string `json:"ref"`
	Tag         bool   `json:"tag"`
	Status      string `json:"status"`
	Project     string `json:"-"`
}

// Deployments are those that jobs have made, the oldest first.
func (i *Server) Deployments() []Deployment {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return slices.Clone(i.deployments)
}

// deploy is the API's answer to a new deployment.
func (i *Server) deploy(w http.ResponseWriter, r *http.Request) {
	d := Deployment{Project: r.PathValue("project")}
	switch err := json.NewDecoder(r.Body).Decode(&d); {
	case i.JobToken == "" || r.Header.Get("JOB-TOKEN") != i.JobToken:
		http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
	case err != nil || d.Environment == "" || len(d.Commit) != 40 || d.Ref == "" || d.Status == "":
		http.Error(w, `{"error":"a parameter is missing"}`, http.StatusBadRequest)
	default:
		i.mutex.Lock()
		defer i.mutex.Unlock()
		i.deployments = append(i.deployments, d)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"id": 42}`)) // who has gone hears nothing
	}
}

// NewServer starts one, which ends with the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	i, err := Start()
	require.NoError(t, err)
	t.Cleanup(i.Close)
	return i
}

// Start starts one, which Close ends.
func Start() (*Server, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	i := &Server{}
	i.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, nil)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	answer := func(path string, content func() any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(content()) // who has gone hears nothing
		})
	}
	answer("/.well-known/openid-configuration", func() any {
		return map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/oauth/discovery/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"}}
	})
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: keyID, Algorithm: string(jose.RS256), Use: "sig"}}}
	answer("/oauth/discovery/keys", func() any { return keys })
	mux.HandleFunc("POST /api/v4/projects/{project}/deployments", i.deploy)
	i.server = httptest.NewTLSServer(mux)
	i.URL = i.server.URL
	i.Authority = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.server.Certificate().Raw}))
	return i, nil
}

// Close ends it.
func (i *Server) Close() { i.server.Close() }

// Claims are those of an ID token (https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload).
type Claims map[string]any

// Push are the claims of a job that a push to a protected branch has started, in the environment of the branch's name.
func Push(project, branch string) Claims {
	return Claims{"project_path": project, "namespace_path": path.Dir(project), "ref": branch, "ref_type": "branch", "ref_protected": "true",
		"ref_path": "refs/heads/" + branch, "pipeline_source": "push", "environment": branch,
		"sub": "project_path:" + project + ":ref_type:branch:ref:" + branch}
}

// With returns the claims with others in their place; one that is nil is left out.
func (c Claims) With(others Claims) Claims {
	c = maps.Clone(c)
	maps.Copy(c, others)
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == nil })
	return c
}

// Token is signed, and ends in an hour unless the claims say otherwise.
func (i *Server) Token(t testing.TB, claims Claims) string {
	t.Helper()
	now := time.Now()
	all := Claims{"iss": i.URL, "aud": Audience, "iat": now.Unix(), "nbf": now.Add(-5 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix()}.With(claims)
	text, err := jwt.Signed(i.signer).Claims(map[string]any(all)).CompactSerialize()
	require.NoError(t, err)
	return text
}
