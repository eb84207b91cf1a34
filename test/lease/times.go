package lease

import (
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
)

// elapsed is the time between two moments of this machine, sleep included: the monotonic clock stands still while a machine
// sleeps, and the one on the wall may be put back.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}

func acquired(l *coordinationv1.Lease) time.Time {
	if l.Spec.AcquireTime == nil {
		return l.CreationTimestamp.Time
	}
	return l.Spec.AcquireTime.Time
}

// renewed is when a Lease was last renewed, by its holder's clock: to be told, not to be compared.
func renewed(l *coordinationv1.Lease) time.Time {
	if l.Spec.RenewTime == nil {
		return acquired(l)
	}
	return l.Spec.RenewTime.Time
}

// lastWritten is when a Lease was last renewed, by the API server's clock.
func lastWritten(l *coordinationv1.Lease) time.Time {
	last := l.CreationTimestamp.Time
	for _, entry := range l.ManagedFields {
		if entry.Time != nil && entry.Time.After(last) {
			last = entry.Time.Time
		}
	}
	return last
}

func leaseDuration(l *coordinationv1.Lease) time.Duration {
	if l.Spec.LeaseDurationSeconds == nil {
		return DefaultDuration
	}
	return time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second
}
