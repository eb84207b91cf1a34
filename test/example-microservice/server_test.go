package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// upload is a POST of four bytes whose handler runs, and waits for them.
type upload struct {
	connection net.Conn
	reader     *bufio.Reader
}

// startUpload sends the header alone, and waits for 100 Continue: a Go server sends it when the handler reads the body.
func startUpload(t *testing.T, address string) upload {
	connection, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	require.NoError(t, connection.SetDeadline(time.Now().Add(deadline)))
	_, err = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n", basePath)
	require.NoError(t, err)
	u := upload{connection, bufio.NewReader(connection)}
	answer, err := http.ReadResponse(u.reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, answer.StatusCode)
	return u
}

// finish sends the body and expects the answer.
func (u upload) finish(t *testing.T) {
	_, err := u.connection.Write([]byte("ping"))
	require.NoError(t, err)
	answer, err := http.ReadResponse(u.reader, nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.True(t, answer.Close, "the client must not send another request on this connection")
}

// expectCut expects the connection to end without an answer.
func (u upload) expectCut(t *testing.T) {
	_, err := u.reader.ReadByte()
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}

// testServer is a server that serves.
type testServer struct {
	*server
	address string
	signals chan os.Signal
	ended   chan error
	log     *logReader
}

func startServer(t *testing.T, shutdownTimeout time.Duration) testServer {
	log, entries := testLog(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	env := environment{basePath: basePath, agent: "pod-1", shutdownTimeout: shutdownTimeout}
	s := testServer{newServer(env, config{}, log), listener.Addr().String(), make(chan os.Signal, 2), make(chan error, 1), entries}
	t.Cleanup(func() { _ = s.http.Close() })
	go func() { s.ended <- s.serve(listener, s.signals) }()
	return s
}

// end returns what serve returned.
func (s testServer) end(t *testing.T) error {
	select {
	case err := <-s.ended:
		return err
	case <-time.After(deadline):
		require.FailNow(t, "the server does not end")
		return nil
	}
}

func (s testServer) ready() int {
	answer := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
	return answer.Code
}

func TestDrainFinishesRequests(t *testing.T) {
	s := startServer(t, deadline)
	running := startUpload(t, s.address)
	assert.Equal(t, http.StatusOK, s.ready())

	s.signals <- syscall.SIGTERM
	s.log.waitFor(t, "draining")
	assert.Equal(t, http.StatusServiceUnavailable, s.ready())
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = connection.Close()
		}
		return err != nil
	}, deadline, 10*time.Millisecond, "new connections are taken")

	running.finish(t)
	require.NoError(t, s.end(t))
	s.log.waitFor(t, "drained")
}

// A client that keeps its connection learns from an answer that it has to go, rather than from a request that is lost.
func TestDrainAnswersOnKeptConnections(t *testing.T) {
	s := startServer(t, deadline)
	kept, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = kept.Close() })
	require.NoError(t, kept.SetDeadline(time.Now().Add(deadline)))
	reader := bufio.NewReader(kept)
	ask := func() *http.Response {
		_, err := fmt.Fprintf(kept, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", basePath)
		require.NoError(t, err)
		answer, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		return answer
	}
	assert.False(t, ask().Close)

	s.signals <- syscall.SIGTERM
	s.log.waitFor(t, "draining")
	answer := ask()
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.True(t, answer.Close)
	require.NoError(t, s.end(t))
}

func TestDrainCutsRequests(t *testing.T) {
	t.Run("that run too long", func(t *testing.T) {
		s := startServer(t, 50*time.Millisecond)
		running := startUpload(t, s.address)
		s.signals <- syscall.SIGTERM
		require.ErrorContains(t, s.end(t), "requests that ran longer than SHUTDOWN_TIMEOUT=50ms were cut")
		running.expectCut(t)
	})
	t.Run("at a second signal", func(t *testing.T) {
		s := startServer(t, time.Hour)
		running := startUpload(t, s.address)
		s.signals <- syscall.SIGTERM
		s.log.waitFor(t, "draining")
		s.signals <- os.Interrupt
		require.ErrorContains(t, s.end(t), "a second signal (interrupt) came before they ended")
		running.expectCut(t)
	})
}

func TestServeFailsWithItsListener(t *testing.T) {
	s := startServer(t, deadline)
	s.log.waitFor(t, "serving")
	require.NoError(t, s.http.Close())
	require.ErrorContains(t, s.end(t), "serving on "+s.address)
}
