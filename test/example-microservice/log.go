package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger returns a logger that writes one JSON object per line to standard error.
func newLogger(level zap.AtomicLevel) *zap.Logger {
	options := zap.NewProductionConfig()
	options.Level = level
	options.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	options.Sampling = nil           // Every request has its line, also under load.
	options.DisableStacktrace = true // A mistake in a variable is no bug; a panic logs its own stack.
	return zap.Must(options.Build())
}

// debugPrinter returns what gin prints its debug messages with, so that they are JSON as well.
func debugPrinter(log *zap.Logger) func(format string, values ...any) {
	return func(format string, values ...any) {
		log.Debug("gin: " + strings.TrimSpace(fmt.Sprintf(format, values...)))
	}
}

// logRequests logs each request but the probes and the metrics, which come every few seconds. Never the query or a
// header: they may hold a secret.
func logRequests(log *zap.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		if slices.Contains(ownPaths, c.FullPath()) {
			return
		}
		fields := []zap.Field{
			zap.String("method", c.Request.Method),
			zap.String("path", c.Request.URL.Path),
			zap.Int("status", c.Writer.Status()),
			zap.Int("bytes", max(c.Writer.Size(), 0)),
			zap.Duration("seconds", time.Since(start)),
		}
		if len(c.Errors) > 0 {
			fields = append(fields, zap.Strings("errors", c.Errors.Errors()))
		}
		log.Info("request", fields...)
	}
}

// recoverPanics answers 500 where a handler panics, and logs the stack.
func recoverPanics(log *zap.Logger) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, reason any) {
		log.Error("a handler panicked", zap.Any("reason", reason), zap.Stack("stack"))
		c.AbortWithStatusJSON(http.StatusInternalServerError, gin.H{"error": "internal error"})
	})
}
