package lease

import (
	"fmt"
	"time"
)

// Busy is the error of a release that somebody else deploys, or takes over.
type Busy struct {
	// Release and Namespace say which.
	Release, Namespace string
	// Holder says who, for people.
	Holder string
	// Since when, by the holder's clock.
	Since time.Time
}

// Error names the holder.
func (b *Busy) Error() string {
	return fmt.Sprintf("release %s in %s is being deployed by %s since %s (%s); try again when that has ended",
		b.Release, b.Namespace, b.Holder, b.Since.UTC().Format("2006-01-02 15:04:05 UTC"), ago(b.Since))
}

// Lost is the error of a release that another has taken over, or may have, while we were not heard of: asleep, or cut off
// from the API server.
type Lost struct {
	// Release and Namespace say which.
	Release, Namespace string
	// Why it is lost, for people.
	Why string
}

// Error says why, and what follows.
func (l *Lost) Error() string {
	return fmt.Sprintf("release %s in %s is not ours any more: %s. Helm was stopped where it was, and nothing was undone: what is live is for the other to say",
		l.Release, l.Namespace, l.Why)
}

func ago(t time.Time) string { return time.Since(t).Round(time.Second).String() + " ago" }
