package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const basePath = "/example/api/endpoint"

// testAPI is an API with its router.
type testAPI struct {
	*gin.Engine
	draining *atomic.Bool
	log      *logReader
}

func newTestAPI(t *testing.T) testAPI {
	log, entries := testLog(t)
	draining := new(atomic.Bool)
	api := &api{agent: "pod-1", message: "hello", draining: draining, log: log}
	return testAPI{newRouter(basePath, api, newMetrics()), draining, entries}
}

func (a testAPI) request(method, target, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	a.ServeHTTP(answer, httptest.NewRequest(method, target, strings.NewReader(body)))
	return answer
}

func TestAPI(t *testing.T) {
	for _, test := range []struct {
		name, method, target, body string
		status                     int
		answer                     string
	}{
		{"get", "GET", basePath, "", 200, `{"agent": "pod-1", "version": "dev", "message": "hello"}`},
		{"get later", "GET", basePath + "?delay=1ms", "", 200, `{"agent": "pod-1", "version": "dev", "message": "hello"}`},
		{"post", "POST", basePath, "12345", 200, `{"agent": "pod-1", "version": "dev", "received": 5}`},
		{"post later", "POST", basePath + "?delay=1ms", "12345", 200, `{"agent": "pod-1", "version": "dev", "received": 5}`},
		{"post nothing", "POST", basePath, "", 200, `{"agent": "pod-1", "version": "dev", "received": 0}`},
		{"post the most", "POST", basePath, strings.Repeat("x", maxBody), 200, `{"agent": "pod-1", "version": "dev", "received": 1048576}`},
		{"post too much", "POST", basePath, strings.Repeat("x", maxBody+1), 413, `{"error": "the body is larger than 1048576 bytes"}`},
		{"no duration", "GET", basePath + "?delay=5", "", 400,
			`{"error": "delay=\"5\" is wrong: write a duration from 0s to 30s, such as 250ms"}`},
		{"too long", "POST", basePath + "?delay=31s", "", 400,
			`{"error": "delay=\"31s\" is wrong: write a duration from 0s to 30s, such as 250ms"}`},
		{"below zero", "GET", basePath + "?delay=-1s", "", 400,
			`{"error": "delay=\"-1s\" is wrong: write a duration from 0s to 30s, such as 250ms"}`},
		{"another path", "GET", "/other", "", 404, `{"error": "no such path"}`},
		{"a slash more", "GET", basePath + "/", "", 404, `{"error": "no such path"}`},
		{"another method", "DELETE", basePath, "", 405, `{"error": "no such method here"}`},
		{"alive", "GET", "/healthz", "", 200, `{"status": "ok"}`},
		{"ready", "GET", "/readyz", "", 200, `{"status": "ready"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := newTestAPI(t).request(test.method, test.target, test.body)
			assert.Equal(t, test.status, answer.Code)
			assert.JSONEq(t, test.answer, answer.Body.String())
		})
	}
}

func TestDrainingIsNotReadyButServes(t *testing.T) {
	api := newTestAPI(t)
	api.draining.Store(true)
	assert.Equal(t, http.StatusServiceUnavailable, api.request("GET", "/readyz", "").Code)
	assert.Equal(t, http.StatusOK, api.request("GET", "/healthz", "").Code)
	assert.Equal(t, http.StatusOK, api.request("GET", basePath, "").Code)
}

func TestBodyThatBreaksOff(t *testing.T) {
	api := newTestAPI(t)
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, httptest.NewRequest("POST", basePath, io.MultiReader(strings.NewReader("123"), brokenReader{})))
	assert.Equal(t, http.StatusBadRequest, answer.Code)
	assert.JSONEq(t, `{"error": "the body could not be read: unexpected EOF"}`, answer.Body.String())
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestDelayEndsWhenTheClientLeaves(t *testing.T) {
	for method, body := range map[string]string{"GET": "", "POST": "12345"} {
		t.Run(method, func(t *testing.T) {
			api := newTestAPI(t)
			server := httptest.NewServer(api)
			t.Cleanup(server.Close)
			ctx, leave := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, method, server.URL+basePath+"?delay="+maxDelay.String(), strings.NewReader(body))
			require.NoError(t, err)
			failed := make(chan error, 1)
			go func() {
				_, err := server.Client().Do(request)
				failed <- err
			}()

			api.log.waitFor(t, "delaying the answer")
			leave()
			require.ErrorIs(t, <-failed, context.Canceled)
			// Not 200, which a handler that waits to the end would log.
			entry := api.log.waitFor(t, "request")
			assert.Equal(t, statusClientClosedRequest, entry.Status)
			assert.Equal(t, []string{"context canceled"}, entry.Errors)
		})
	}
}

func TestRequestsAreLoggedButNotProbes(t *testing.T) {
	api := newTestAPI(t)
	for _, target := range []string{"/healthz", "/readyz", "/metrics", basePath + "?delay=31s&password=secret"} {
		api.request("GET", target, "")
	}
	entry := api.log.waitFor(t, "request")
	assert.Equal(t, basePath, entry.Path, "the first that is logged, without its query")
	assert.Equal(t, http.StatusBadRequest, entry.Status)
	assert.Len(t, entry.Errors, 1)
}

func TestPanicIsAnswered(t *testing.T) {
	api := newTestAPI(t)
	api.GET("/panic", func(*gin.Context) { panic("out of luck") })
	answer := api.request("GET", "/panic", "")
	assert.Equal(t, http.StatusInternalServerError, answer.Code)
	assert.JSONEq(t, `{"error": "internal error"}`, answer.Body.String())

	entry := api.log.waitFor(t, "a handler panicked")
	assert.Contains(t, entry.Stack, "api_test.go")
	assert.Equal(t, http.StatusInternalServerError, api.log.waitFor(t, "request").Status)
}
