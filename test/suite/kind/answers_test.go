//go:build e2e

package kind

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

// testValues add a test of `helm test` to the release, which asks the service through its Service.
var testValues = []string{
	"--set", "tests.answers.image.repository=local/load,tests.answers.image.tag=1",
	"--set", "tests.answers.args={-once,http://" + service + ":8080" + basePath + "}",
}

// The service answers through the Ingress with TLS, and shows its version, its pod and a setting of its configuration file.
func TestItAnswers(t *testing.T) {
	r := newRelease(t, helmcli.Helm3)
	r.mustDeploy("v1", testValues...)
	got := r.waitForAnswer("v1")
	require.Equal(t, "hello from dev", got.Message)
	pods, err := r.pods(t.Context())
	require.NoError(t, err)
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
		require.Equal(t, repository+":v1", pod.Spec.Containers[0].Image)
	}
	require.Contains(t, names, got.Agent)

	t.Run("only what the Ingress names is public", func(t *testing.T) {
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			status, _, err := r.get(t.Context(), path)
			require.NoError(t, err)
			require.Equal(t, http.StatusNotFound, status, path)
		}
	})
	t.Run("health", func(t *testing.T) {
		require.JSONEq(t, `{"status": "ok"}`, string(r.inside(pods[0].Name, "/healthz")))
		require.JSONEq(t, `{"status": "ready"}`, string(r.inside(pods[0].Name, "/readyz")))
	})
	t.Run("helm test", func(t *testing.T) {
		for _, helm := range helmcli.Programs {
			output := r.terminal(helm).Must("helm", "test", service, "--logs", "--timeout", "3m")
			require.Regexp(t, `Phase:\s+Succeeded`, output.Stdout)
		}
		// It does not always succeed.
		r.mustDeploy("v1", append(testValues, "--set", "tests.answers.args={-once,http://"+service+":8080/elsewhere}")...)
		output, err := r.terminal(helmcli.Helm3).Run("helm", "test", service, "--logs", "--timeout", "3m")
		require.Error(t, err)
		require.Contains(t, output.String(), "status 404")
	})
	t.Run("metrics", func(t *testing.T) {
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(bytes.NewReader(r.inside(got.Agent, "/metrics")))
		require.NoError(t, err)
		requests := 0.0
		for _, metric := range families["http_requests_total"].GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetName() == "route" && label.GetValue() == basePath {
					requests += metric.GetCounter().GetValue()
				}
			}
		}
		require.Positive(t, requests, "what was asked is counted")
		labels := map[string]string{}
		for _, metric := range families["example_microservice_build_info"].GetMetric() {
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
		}
		require.Equal(t, "v1", labels["version"])
	})
}

// waitForAnswer waits until a version of the service answers through the Ingress.
func (r release) waitForAnswer(version string) kindcluster.Answer {
	r.t.Helper()
	return r.ingress.WaitForAnswer(r.t, basePath, version)
}

// inside asks a pod for what is not public, through the API server.
func (r release) inside(pod, path string) []byte {
	r.t.Helper()
	body, err := admin.client.CoreV1().Pods(r.name).ProxyGet("http", pod, "8080", path, nil).DoRaw(r.t.Context())
	require.NoError(r.t, err)
	return body
}
