package histories

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// well is what the API server itself answers to who has no credentials.
const well = http.StatusUnauthorized

// asker returns a proxy, and a function that asks the API server through it: the code of the answer, or the error.
func asker(t *testing.T) (*proxy, func(method, path string) (int, error)) {
	t.Helper()
	p, err := newProxy(t.Context(), admin.Kubeconfig, t.TempDir())
	require.NoError(t, err)
	client := &http.Client{Timeout: eventually.Deadline, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
	}}
	return p, func(method, path string) (int, error) {
		request, err := http.NewRequestWithContext(t.Context(), method, p.server.URL+path, strings.NewReader(""))
		require.NoError(t, err)
		answer, err := client.Do(request)
		if err != nil {
			return 0, err
		}
		_ = answer.Body.Close()
		return answer.StatusCode, nil
	}
}

// Each ill is what it says, and ends by itself.
func TestIlls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ill  model.Ill
		code int
		says string // of the error
	}{
		{model.Forbidden, http.StatusForbidden, ""},
		{model.TooManyRequests, http.StatusTooManyRequests, ""},
		{model.ServerError, http.StatusInternalServerError, ""},
		{model.Unavailable, http.StatusServiceUnavailable, ""},
		{model.Refuses, 0, "connection refused"},
		{model.Resets, 0, "connection reset by peer"},
		{model.Delays, well, ""},
		{model.Away, 0, "EOF"},
	} {
		t.Run(string(c.ill), func(t *testing.T) {
			t.Parallel()
			p, ask := asker(t)
			code, err := ask(http.MethodGet, "/version")
			require.NoError(t, err)
			require.Equal(t, well, code)

			lasts := time.Hour
			if c.ill == model.Refuses || c.ill == model.Away {
				lasts = 3 * time.Second
			}
			p.fallIll(model.Trouble{Ill: c.ill, Scope: model.Everything, Millis: int(lasts.Milliseconds())})
			code, err = ask(http.MethodGet, "/version")
			require.Equal(t, c.code, code)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
			}
			p.begin()
			eventually.NoError(t, "the end of the ill", func(context.Context) error {
				code, err := ask(http.MethodGet, "/version")
				if err == nil && code != well {
					err = fmt.Errorf("it answers %d", code)
				}
				return err
			})
		})
	}
}

// A trouble with some requests is none with others.
func TestScopes(t *testing.T) {
	t.Parallel()
	const records, leases, objects = "/api/v1/namespaces/n/secrets/s", "/apis/coordination.k8s.io/v1/namespaces/n/leases/l", "/api/v1/namespaces/n/services/s"
	for _, c := range []struct {
		scope        model.Scope
		method, path string
		ill          bool
	}{
		{model.Everything, http.MethodGet, "/version", true},
		{model.Writes, http.MethodPut, objects, true},
		{model.Writes, http.MethodPut, records, true},
		{model.Writes, http.MethodGet, objects, false},
		{model.Writes, http.MethodPut, leases, false},
		{model.Records, http.MethodGet, records, true},
		{model.Records, http.MethodPut, objects, false},
		{model.Leases, http.MethodPut, leases, true},
		{model.Leases, http.MethodGet, records, false},
	} {
		p, ask := asker(t)
		p.fallIll(model.Trouble{Ill: model.Unavailable, Scope: c.scope, Millis: int(time.Hour.Milliseconds())})
		code, err := ask(c.method, c.path)
		require.NoError(t, err)
		require.Equal(t, c.ill, code == http.StatusServiceUnavailable, "%s: %s %s", c.scope, c.method, c.path)
	}
}

// What is to happen at a moment happens once, at that request, before or after the server has carried it out.
func TestMoments(t *testing.T) {
	t.Parallel()
	const object = "/api/v1/namespaces/n/services/s"
	for _, c := range []struct {
		at    model.Moment
		loses bool
		asked []string
		want  int // the request at which it happens, from 1
	}{
		{model.Moment{Number: 2}, false, []string{"GET", "PUT", "GET"}, 2},
		{model.Moment{Number: 2}, true, []string{"GET", "PUT", "GET"}, 2},
		{model.Moment{Number: 3, Answered: true}, false, []string{"GET", "PUT", "GET"}, 3},
		{model.Moment{Number: 2, Writes: true}, false, []string{"GET", "PUT", "GET", "PUT", "PUT"}, 4},
		{model.Moment{Number: 1, Writes: true, Answered: true}, true, []string{"GET", "PUT", "GET", "PUT", "PUT"}, 2},
		{model.Moment{Pods: true}, false, []string{"GET", "PUT"}, 0},
	} {
		t.Run(c.at.String(), func(t *testing.T) {
			p, ask := asker(t)
			happened := make(chan bool, len(c.asked))
			p.begin(&event{at: c.at, loses: c.loses, do: func() { happened <- true }})
			for i, method := range c.asked {
				_, err := ask(method, object)
				now := i+1 == c.want
				require.Equal(t, now, len(happened) == 1, "request %d", i+1)
				require.Equal(t, now && c.loses && !c.at.Answered, err != nil, "request %d: %v", i+1, err)
				if now {
					<-happened
				}
			}
		})
	}
}
