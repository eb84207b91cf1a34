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
)

// server serves the API, and ends without cutting a request.
type server struct {
	http            *http.Server
	draining        atomic.Bool
	shutdownTimeout time.Duration
	log             *zap.Logger
}

func newServer(env environment, config config, log *zap.Logger) *server {
	s := &server{shutdownTimeout: env.shutdownTimeout, log: log}
	api := &api{agent: env.agent, message: config.Message, draining: &s.draining, log: log}
	s.http = &http.Server{
		Handler:           newRouter(env.basePath, api, newMetrics()),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          zap.NewStdLog(log.Named("http")),
	}
	return s
}

// serve answers on listener until a first signal, then drains: the service is not ready, takes no new connection, and
// finishes the requests it has. The error says which requests were cut: those longer than the shutdown timeout, or all
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
	// Shutdown does this as well, but a request that ends before it must not leave a connection open for another one.
	s.http.SetKeepAlivesEnabled(false)
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
