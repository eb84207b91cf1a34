package rollout

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

const (
	// patience with an API server that is away, or overloaded: longer than a control plane needs to start again.
	patience = 2 * time.Minute
	// retryInterval of what it did not answer.
	retryInterval = time.Second
)

// patiently calls do until it succeeds, or fails with an error that would be the same again, or the patience is over.
func patiently(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := do()
		if err == nil || !isTransient(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryInterval):
		}
	}
}

// away is what Helm says where the API server was not reached, or could not answer.
var away = regexp.MustCompile(`(?i)connection re(fused|set)|\bEOF\b|i/o timeout|TLS handshake timeout|no route to host|cluster unreachable|client connection lost|` +
	`too many requests|server is currently unable|server was unable|server could not|server rejected our request|apiserver not ready|internal error|an error on the server|etcdserver|request timed out|` +
	`object has been modified|bad gateway|service unavailable|gateway timeout`)

// isTransient says whether the same may succeed a moment later: the API server was not reached, or could not answer.
func isTransient(err error) bool {
	if err == nil {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || apierrors.IsTooManyRequests(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) || apierrors.IsInternalError(err) ||
		apierrors.IsServiceUnavailable(err) || utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) ||
		away.MatchString(err.Error())
}

// lastLine returns the line of an error that says what was wrong: Helm's last one.
func lastLine(err error) string {
	text := strings.TrimSpace(err.Error())
	if i := strings.LastIndex(text, "Error: "); i >= 0 {
		text = text[i+len("Error: "):]
	}
	return strings.Join(strings.Fields(text), " ")
}
