// Package clientlog keeps the log of Kubernetes' client libraries from the terminal: lines such as `E1127 15:04:05 memcache.go:381]`
// are for who runs a controller. What matters of them reaches people as the error of whatever was asked for.
package clientlog

import (
	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// Discard discards it, and the API server's warnings with it, which client-go writes to the same log; for the whole process.
func Discard() { klog.SetLogger(logr.Discard()) }
