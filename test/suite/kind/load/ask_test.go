package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const rightAnswer = `{"agent": "pod-1", "version": "v1", "received": 4096}`

// Each way in which an answer can be wrong is seen.
func TestAskSeesWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		wrong  string
	}{
		{name: "right", answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, rightAnswer) }},
		{name: "status", wrong: "status 503: no pod",
			answer: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no pod", http.StatusServiceUnavailable) }},
		{name: "redirect", wrong: "status 302",
			answer: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }},
		{name: "another's answer", wrong: "not the service's answer",
			answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }},
		{name: "half the answer", wrong: "the answer broke off",
			answer: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				fmt.Fprint(w, rightAnswer)
			}},
		{name: "half the body", wrong: "not all that was sent was received",
			answer: func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `{"agent": "pod-1", "version": "v1", "received": 2048}`)
			}},
		{name: "no answer", wrong: "EOF", answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			defer server.Close()
			s := &stream{method: http.MethodPost, url: server.URL}
			err := s.ask(newClient(target{dial: new(net.Dialer).DialContext}, true))
			if test.wrong == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.wrong)
			}
		})
	}
}

// A server that closes a kept connection under a request fails it, also where net/http hides that.
func TestAskSeesSecondTries(t *testing.T) {
	for method, hidden := range map[string]bool{http.MethodGet: true, http.MethodPost: false} {
		t.Run(method, func(t *testing.T) {
			s := &stream{method: method, url: "http://" + closesUnderSecondRequest(t)}
			client := newClient(target{dial: new(net.Dialer).DialContext}, true)
			require.NoError(t, s.ask(client))
			err := s.ask(client)
			require.Error(t, err)
			require.Equal(t, hidden, errors.Is(err, errAskedTwice), "%v", err)
		})
	}
}

// closesUnderSecondRequest returns the address of a server whose first connection ends with its second request.
func closesUnderSecondRequest(t *testing.T) string {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 2 {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = connection.Close()
			}
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, rightAnswer)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// The rate does not depend on the answers, and each request counts in the phase in which it was begun.
func TestRateHoldsWhileAnswersWait(t *testing.T) {
	release := make(chan struct{})
	asked := make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-release
		fmt.Fprint(w, rightAnswer)
	}))
	defer server.Close()

	phases := newPhases()
	phases.start("waiting")
	ctx, stop := context.WithCancel(t.Context())
	s := &stream{name: "stream", method: http.MethodGet, url: server.URL, interval: time.Millisecond,
		clients: []*http.Client{newClient(target{dial: new(net.Dialer).DialContext}, true)}}
	ended := make(chan struct{})
	go func() { s.run(ctx, 0, phases); close(ended) }()
	for range 20 {
		<-asked // none is answered
	}
	stop()
	<-ended
	_, over := phases.report("waiting")
	require.False(t, over, "it is the current one")
	phases.start("after")
	close(release)
	result, over := phases.report("waiting")
	require.True(t, over)
	require.GreaterOrEqual(t, result.Requests(), 20)
	require.Empty(t, result.Failures())
}

// There is a stream for each sort of request.
func TestStreams(t *testing.T) {
	names := map[string]bool{}
	for _, s := range streams([]target{{name: "Ingress", url: "https://a"}, {name: "Service", url: "http://b"}}, 10, 2, time.Second) {
		names[s.name] = true
		require.Len(t, s.clients, connections)
	}
	require.Len(t, names, 16)
	require.Contains(t, names, "Service, new connections, POST, long")
}
