package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

const (
	readTimeout = 30 * time.Second
	// Runs from the end of the header, so it must cover the body and the longest answer.
	writeTimeout = readTimeout + maxDelay + 5*time.Second
	// Longer than proxies keep a connection (nginx 60 s, Traefik 90 s): the side that sends must be the one that closes,
	// or a request meets a connection that is just being closed.
	idleTimeout = 2 * time.Minute
	// How long clients that keep a connection have to learn, from an answer, that this is the last one on it: longer than
	// such a client is without a request.
	farewell = 5 * time.Second
)

// server serves the API, and ends without cutting a request.
type server struct {
	http            *http.Server
	draining        atomic.Bool
	connections     atomic.Int64 // that are open
	shutdownTimeout time.Duration
	log             *zap.Logger
}

func newServer(env environment, config config, log *zap.Logger) *server {
	s := &server{shutdownTimeout: env.shutdownTimeout, log: log}
	api := &api{agent: env.agent, message: config.Message, draining: &s.draining, log: log}
	s.http = &http.Server{
		Handler:           s.lastAnswers(newRouter(env.basePath, api, newMetrics())),
		ConnState:         s.count,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          zap.NewStdLog(log.Named("http")),
	}
	return s
}

// count keeps the number of open connections.
func (s *server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connections.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.connections.Add(-1)
	}
}

// lastAnswers has each answer that is given while the service drains close its connection.
func (s *server) lastAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(lastAnswer{w, &s.draining}, r)
	})
}

// lastAnswer decides when the header is written: the drain may have begun while the handler ran.
type lastAnswer struct {
	http.ResponseWriter
	draining *atomic.Bool
}

func (a lastAnswer) WriteHeader(status int) {
	if a.draining.Load() {
		a.Header().Set("Connection", "close")
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (a lastAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// serve answers on listener until a first signal, then drains: the service is not ready, closes each connection with an
// answer, then takes no new one, and finishes the requests it has. The error says which requests were cut: those longer than the shutdown timeout, or all
// that were left when a second signal came.
func (s *server) serve(listener net.Listener, signals <-chan os.Signal) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	s.log.Info("serving", zap.Stringer("address", listener.Addr()))
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	case first := <-signals:
		return s.drain(first, signals)
	}
}

func (s *server) drain(first os.Signal, signals <-chan os.Signal) error {
	// In Kubernetes the preStop sleep comes before the signal: by now the pod has left its Service, and no request is on
	// its way here that a closed port would refuse.
	s.draining.Store(true)
	s.log.Info("draining", zap.Stringer("signal", first), zap.Duration("timeoutSeconds", s.shutdownTimeout))

	ctx, stop := context.WithTimeoutCause(context.Background(), s.shutdownTimeout,
		fmt.Errorf("requests that ran longer than SHUTDOWN_TIMEOUT=%s were cut: make them shorter, or allow more", s.shutdownTimeout))
	defer stop()
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	go func() {
		select {
		case second := <-signals:
			cut(fmt.Errorf("requests that still ran were cut: a second signal (%s) came before they ended", second))
		case <-ctx.Done():
		}
	}()

	s.waitForClients(ctx)
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return err
	}
	s.log.Info("drained")
	return nil
}

// waitForClients gives the clients time to go. Shutdown closes at once every connection without a request, and a request
// that is on its way there by then is lost.
func (s *server) waitForClients(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, farewell)
	defer stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.connections.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
