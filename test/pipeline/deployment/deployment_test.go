package deployment_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/deployment"
	"gitlab.example.com/platform/slipway/test/suite/gitlab"
)

// GitLab gets the commit that runs, with the job's token; what it refuses is told, and the token never.
func TestRecord(t *testing.T) {
	server := gitlab.NewServer(t)
	server.JobToken = "job-secret"
	authorities := x509.NewCertPool()
	require.True(t, authorities.AppendCertsFromPEM([]byte(server.Authority)))
	before := http.DefaultTransport
	http.DefaultTransport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}
	t.Cleanup(func() { http.DefaultTransport = before })

	commit := strings.Repeat("c0ffee00", 5)
	job := map[string]string{"CI_API_V4_URL": server.URL + "/api/v4", "CI_PROJECT_ID": "41", "CI_JOB_TOKEN": "job-secret", "CI_COMMIT_BRANCH": "dev"}
	record := func(commit string) error {
		return deployment.Record(t.Context(), func(name string) string { return job[name] }, "dev", commit)
	}
	require.NoError(t, record(commit))
	require.Equal(t, []gitlab.Deployment{{Environment: "dev", Commit: commit, Ref: "dev", Status: "success", Project: "41"}}, server.Deployments())

	require.ErrorContains(t, record(""), "does not say which commit")
	err := record("c0ffee")
	require.ErrorContains(t, err, "does not take that for its page: 400 Bad Request")
	job["CI_JOB_TOKEN"] = "another-secret"
	err = record(commit)
	require.ErrorContains(t, err, "401 Unauthorized")
	require.NotContains(t, err.Error(), "another-secret")
	job["CI_API_V4_URL"] = strings.Replace(server.URL, "https", "http", 1)
	require.ErrorContains(t, record(commit), "must begin with https://")
	require.Len(t, server.Deployments(), 1)
}
