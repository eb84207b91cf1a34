package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What GitLab says of the configuration is passed on, its errors as a failure; the token comes from a file or the environment.
func TestLint(t *testing.T) {
	var asked struct {
		Content     string `json:"content"`
		DryRun      bool   `json:"dry_run"`
		IncludeJobs bool   `json:"include_jobs"`
	}
	says := `{"valid": true, "warnings": ["jobs:deploy may allow multiple pipelines"], "jobs": [{"name": "deploy", "stage": "deploy", "when": "manual"}]}`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("PRIVATE-TOKEN") != "planted-token" {
			http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
			return
		}
		if r.URL.EscapedPath() != "/api/v4/projects/the-project%2Forders/ci/lint" || json.NewDecoder(r.Body).Decode(&asked) != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(says))
	}))
	t.Cleanup(server.Close)
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	before := http.DefaultTransport
	http.DefaultTransport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}
	t.Cleanup(func() { http.DefaultTransport = before })

	folder := t.TempDir()
	config, token := filepath.Join(folder, "gitlab-ci.yml"), filepath.Join(folder, "token")
	require.NoError(t, os.WriteFile(config, []byte("include: []\n"), 0o600))
	require.NoError(t, os.WriteFile(token, []byte("planted-token\n"), 0o600))
	var said bytes.Buffer
	lint := func(gitlab, project string) error {
		said.Reset()
		return run(t.Context(), &said, gitlab, project, config)
	}

	t.Setenv("GITLAB_TOKEN", "")
	t.Setenv("GITLAB_TOKEN_FILE", "")
	require.ErrorContains(t, lint(server.URL, "the-project/orders"), "set GITLAB_TOKEN")
	t.Setenv("GITLAB_TOKEN_FILE", token)
	require.NoError(t, lint(server.URL+"/", "the-project/orders"))
	require.Equal(t, "deploy: deploy (manual)\nWARNING: jobs:deploy may allow multiple pipelines\n", said.String())
	require.Equal(t, "include: []\n", asked.Content)
	require.True(t, asked.DryRun && asked.IncludeJobs)

	says = `{"valid": false, "errors": ["jobs:deploy config contains unknown keys: scirpt"]}`
	require.ErrorContains(t, lint(server.URL, "the-project/orders"), "unknown keys: scirpt")
	require.ErrorContains(t, lint(server.URL, ""), "PROJECT is not set")
	require.ErrorContains(t, lint("http://gitlab.example.com", "the-project/orders"), "https://")
	require.ErrorContains(t, lint(server.URL, "the-project/missing"), "404")
	t.Setenv("GITLAB_TOKEN", "another-token")
	err := lint(server.URL, "the-project/orders")
	require.ErrorContains(t, err, "401")
	require.NotContains(t, err.Error(), "another-token")
}
