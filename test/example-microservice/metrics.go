package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus collects from the service.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

// newMetrics returns metrics of their own registry: nothing a library adds to the global one gets in.
func newMetrics() *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	factory := promauto.With(registry)
	factory.NewGauge(prometheus.GaugeOpts{
		Name:        "example_microservice_build_info",
		Help:        "Always 1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision},
	}).Set(1)
	labels := []string{"method", "route", "status"}
	return &metrics{
		registry: registry,
		requests: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "Requests answered.",
		}, labels),
		durations: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds",
			Help: "Seconds from the request's header to the end of the handler.",
		}, labels),
	}
}

// observe counts and times each request.
func (m *metrics) observe(c *gin.Context) {
	start := time.Now()
	c.Next()
	method, route := c.Request.Method, c.FullPath()
	if route == "" {
		// Clients make up paths and methods without end; each would be a series.
		method, route = "other", "other"
	}
	labels := prometheus.Labels{"method": method, "route": route, "status": strconv.Itoa(c.Writer.Status())}
	m.requests.With(labels).Inc()
	m.durations.With(labels).Observe(time.Since(start).Seconds())
}

// handler serves the metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
