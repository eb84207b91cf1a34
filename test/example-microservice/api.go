package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
)

const (
	maxBody  = 1 << 20 // bytes
	maxDelay = 30 * time.Second

	// What nginx logs when the client left before its answer. Nobody receives it.
	statusClientClosedRequest = 499
)

// ownPaths serve the cluster. They are neither logged nor free for BASE_PATH.
var ownPaths = []string{"/healthz", "/readyz", "/metrics"}

// api has the handlers and what they answer from.
type api struct {
	agent    string
	message  string
	draining *atomic.Bool
	log      *zap.Logger
}

// newRouter returns the service's routes.
func newRouter(basePath string, api *api, metrics *metrics) *gin.Engine {
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false // Gin redirects before any handler: neither counted nor logged.
	_ = router.SetTrustedProxies(nil)    // Nothing here asks for the client's address; nil cannot fail.
	// Recovery is the innermost, so that a panic is counted and logged as the 500 that it answers.
	router.Use(metrics.observe, logRequests(api.log), recoverPanics(api.log))

	router.GET(basePath, api.get)
	router.POST(basePath, api.post)
	router.GET("/healthz", api.healthz)
	router.GET("/readyz", api.readyz)
	router.GET("/metrics", gin.WrapH(metrics.handler()))
	router.NoRoute(func(c *gin.Context) { fail(c, http.StatusNotFound, errors.New("no such path")) })
	router.NoMethod(func(c *gin.Context) { fail(c, http.StatusMethodNotAllowed, errors.New("no such method here")) })
	return router
}

// get answers who runs here, and the message of the configuration.
func (a *api) get(c *gin.Context) {
	if !a.delay(c) {
		return
	}
	c.JSON(http.StatusOK, gin.H{"agent": a.agent, "version": version, "message": a.message})
}

// post answers how many bytes it received.
func (a *api) post(c *gin.Context) {
	received, err := io.Copy(io.Discard, http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		fail(c, http.StatusRequestEntityTooLarge, fmt.Errorf("the body is larger than %d bytes", tooLarge.Limit))
		return
	}
	if err != nil {
		fail(c, http.StatusBadRequest, fmt.Errorf("the body could not be read: %w", err))
		return
	}
	// After the body: until it is read, nobody notices that the client left.
	if !a.delay(c) {
		return
	}
	c.JSON(http.StatusOK, gin.H{"agent": a.agent, "version": version, "received": received})
}

// delay waits as long as the query's delay says, for tests of draining. It returns false where the request is over: the
// delay is wrong, or the client left.
func (a *api) delay(c *gin.Context) bool {
	text := c.Query("delay")
	if text == "" {
		return true
	}
	delay, err := time.ParseDuration(text)
	if err != nil || delay < 0 || delay > maxDelay {
		fail(c, http.StatusBadRequest, fmt.Errorf("delay=%q is wrong: write a duration from 0s to %s, such as 250ms", text, maxDelay))
		return false
	}
	a.log.Debug("delaying the answer", zap.Duration("seconds", delay))
	select {
	case <-time.After(delay):
		return true
	case <-c.Request.Context().Done():
		fail(c, statusClientClosedRequest, c.Request.Context().Err())
		return false
	}
}

// healthz asks nothing of others: a restart of this pod would not mend them.
func (a *api) healthz(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

func (a *api) readyz(c *gin.Context) {
	if a.draining.Load() {
		c.JSON(http.StatusServiceUnavailable, gin.H{"status": "draining"})
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ready"})
}

// fail answers with an error, and hands it to the log.
func fail(c *gin.Context, status int, err error) {
	_ = c.Error(err)
	c.AbortWithStatusJSON(status, gin.H{"error": err.Error()})
}
