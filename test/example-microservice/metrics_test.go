package main

import (
	"net/http"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, api testAPI) map[string]*dto.MetricFamily {
	answer := api.request("GET", "/metrics", "")
	require.Equal(t, http.StatusOK, answer.Code)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	require.NoError(t, err)
	return families
}

// labels are those of a metric.
func labels(metric *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, pair := range metric.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}

func TestMetricsCountRequests(t *testing.T) {
	api := newTestAPI(t)
	api.request("GET", basePath, "")
	api.request("GET", basePath+"?delay=0s", "")
	api.request("POST", basePath+"?delay=wrong", "")
	api.request("GET", "/readyz", "")
	api.request("GET", "/one", "")
	api.request("GET", "/two", "")
	api.request("FROB", basePath, "")

	want := map[[3]string]int{
		{"GET", basePath, "200"}:  2,
		{"POST", basePath, "400"}: 1,
		{"GET", "/readyz", "200"}: 1,
		{"other", "other", "404"}: 2,
		{"other", "other", "405"}: 1,
	}
	families := scrape(t, api)
	requests, durations := map[[3]string]int{}, map[[3]string]int{}
	for _, metric := range families["http_requests_total"].GetMetric() {
		l := labels(metric)
		requests[[3]string{l["method"], l["route"], l["status"]}] = int(metric.GetCounter().GetValue())
	}
	for _, metric := range families["http_request_duration_seconds"].GetMetric() {
		l := labels(metric)
		durations[[3]string{l["method"], l["route"], l["status"]}] = int(metric.GetHistogram().GetSampleCount())
	}
	assert.Equal(t, want, requests)
	assert.Equal(t, want, durations)
}

func TestMetricsOfBuildAndProcess(t *testing.T) {
	families := scrape(t, newTestAPI(t))
	build := families["example_microservice_build_info"].GetMetric()
	require.Len(t, build, 1)
	assert.Equal(t, map[string]string{"version": version, "revision": revision}, labels(build[0]))
	assert.Contains(t, families, "go_goroutines")
	assert.Contains(t, families, "process_cpu_seconds_total")
}
