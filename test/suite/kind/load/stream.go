package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// connections that a stream with kept connections spreads its requests over: one would reach one pod only.
	connections = 4
	// timeout of a request: far more than any answer takes.
	timeout = 30 * time.Second
	// bodySize is how much a POST sends, in bytes.
	bodySize = 4 << 10
)

// dialer connects a client, as net.Dialer.DialContext does.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// target is one way to the service.
type target struct {
	name string
	url  string
	dial dialer
	tls  *tls.Config
}

// stream asks the same again and again.
type stream struct {
	name     string // such as "Ingress, kept connections, POST, long"
	method   string
	url      string
	interval time.Duration
	clients  []*http.Client // taken in turn
}

// streams returns one for each target, sort of connection, method and length of the answer.
func streams(targets []target, short, long float64, delay time.Duration) []*stream {
	var all []*stream
	for _, t := range targets {
		for _, kept := range []bool{true, false} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				for _, isLong := range []bool{false, true} {
					s := &stream{method: method, url: t.url, interval: time.Duration(float64(time.Second) / short)}
					connection, length := "new connections", "short"
					if kept {
						connection = "kept connections"
					}
					if isLong {
						length = "long"
						s.url += "?delay=" + url.QueryEscape(delay.String())
						s.interval = time.Duration(float64(time.Second) / long)
					}
					for range connections {
						s.clients = append(s.clients, newClient(t, kept))
					}
					s.name = t.name + ", " + connection + ", " + method + ", " + length
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// newClient returns a client with connections of its own.
func newClient(t target, kept bool) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext:         t.dial,
			TLSClientConfig:     t.tls,
			DisableKeepAlives:   !kept,
			MaxIdleConnsPerHost: 100,
		},
		// A redirect would be an answer of somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// run asks at fixed times, until ctx ends: an answer that is late holds no other request back.
func (s *stream) run(ctx context.Context, offset time.Duration, phases *phases) {
	start := time.Now().Add(offset)
	for n := 0; ; n++ {
		due := start.Add(time.Duration(n) * s.interval)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(due)):
		}
		client, done := s.clients[n%len(s.clients)], phases.begin(s.name)
		go func() {
			err := s.ask(client)
			// From when it was due: the wait of a request that this program sends late counts too.
			done(due, time.Since(due), err)
		}()
	}
}

// body is what a POST sends.
var body = bytes.Repeat([]byte("x"), bodySize)
