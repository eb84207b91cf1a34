// Package lease lets one process at a time change a release: whoever does holds a Lease in the release's namespace.
package lease

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
)

const (
	// DefaultDuration is how long a deploy or takeover that was killed keeps the next one waiting, at most.
	DefaultDuration = 30 * time.Second
	// renewals in the time that a Lease holds: the API server may be away for all but one of them.
	renewals = 6
	// clockSkew between two machines, at most. A Lease that is older is stale without a look at whether it is renewed.
	clockSkew = 5 * time.Minute
	// pollInterval of looking whether somebody renews a Lease.
	pollInterval = 250 * time.Millisecond
	// requestTimeout of removing it, which must not keep a deploy waiting.
	requestTimeout = 10 * time.Second
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

func ago(t time.Time) string { return time.Since(t).Round(time.Second).String() + " ago" }

// Options say which release's Lease it is.
type Options struct {
	Client kubernetes.Interface
	// Namespace of the release.
	Release, Namespace string
	// Duration is how long the Lease holds without being renewed; 0 is DefaultDuration.
	Duration time.Duration
	// Say tells people what is waited for, and what has become of the Lease.
	Say func(format string, args ...any)
}

// Lease of one release, which the deploy or takeover that runs holds.
type Lease struct {
	Options
	leases coordination.LeaseInterface

	held *coordinationv1.Lease
	// began is when the Lease was made, by the API server's clock.
	began time.Time
	// dead is the Lease that was there, of a deploy that died.
	dead *coordinationv1.Lease
	stop func()
	done chan struct{}
}

// Acquire makes the Lease and keeps it until End. It waits for the end of one that may be stale. The error is *Busy if
// another deploy of the release is alive.
func Acquire(ctx context.Context, o Options) (*Lease, error) {
	if o.Duration == 0 {
		o.Duration = DefaultDuration
	}
	l := &Lease{Options: o, leases: o.Client.CoordinationV1().Leases(o.Namespace)}
	for {
		var err error
		l.held, err = l.leases.Create(ctx, l.fresh(), metav1.CreateOptions{})
		if err == nil {
			l.began = l.held.CreationTimestamp.Time
			l.keep()
			return l, nil
		}
		if !apierrors.IsAlreadyExists(err) {
			return nil, l.explain(fmt.Errorf("make the Lease of the release: %w", err))
		}
		if err := l.removeStale(ctx); err != nil {
			return nil, l.explain(err)
		}
	}
}

// name of the Lease. A release's name has 53 characters at most, so this one fits.
func (l *Lease) name() string { return "slipway-rollout-" + l.Release }

// explain says what it means that the Lease is refused.
func (l *Lease) explain(err error) error {
	if !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) {
		return err
	}
	return fmt.Errorf("%w\nEither there is no namespace %s, or its charts/project is older than this slipway and grants no Lease; %s",
		err, l.Namespace, MakeProject(l.Namespace))
}

// MakeProject says how a namespace is made, or gets the rights that it lacks.
func MakeProject(namespace string) string {
	return fmt.Sprintf("an administrator makes it, here for the environment dev: "+
		"helm upgrade --install %s charts/project --namespace projects --create-namespace --set environment=dev", namespace)
}

func (l *Lease) fresh() *coordinationv1.Lease {
	now := metav1.NowMicro()
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: l.name(), Namespace: l.Namespace},
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: new(holder()), AcquireTime: &now, RenewTime: &now, LeaseDurationSeconds: new(int32(l.Duration.Seconds())),
		},
	}
}

// removeStale returns when the Lease is gone: its holder has ended, or it was not renewed for as long as it holds and was
// removed. Whether it is renewed is watched, since no two machines' clocks agree. The error is *Busy where it is renewed.
func (l *Lease) removeStale(ctx context.Context) error {
	found, err := l.leases.Get(ctx, l.name(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	duration := leaseDuration(found)
	began := time.Now()
	if time.Since(renewed(found)) < duration+clockSkew {
		l.Say("%s has the Lease of release %s since %s; seeing whether it is renewed, for %s", holderOf(found), l.Release, ago(acquired(found)), duration)
		for time.Since(began) < duration {
			if err := pause(ctx); err != nil {
				return err
			}
			now, err := l.leases.Get(ctx, l.name(), metav1.GetOptions{})
			switch {
			case apierrors.IsNotFound(err):
				return nil
			case err != nil:
				began = time.Now() // who cannot be asked may be alive
			case now.ResourceVersion != found.ResourceVersion:
				return &Busy{Release: l.Release, Namespace: l.Namespace, Holder: holderOf(now), Since: acquired(now)}
			}
		}
	}
	err = l.leases.Delete(ctx, l.name(), metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &found.UID, ResourceVersion: &found.ResourceVersion},
	})
	if err == nil {
		l.dead = found
		l.Say("%s has not renewed its Lease since %s: it is gone", holderOf(found), ago(renewed(found)))
	}
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil // somebody was faster: acquire looks again
	}
	return err
}

// pause waits a moment.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pollInterval):
		return nil
	}
}

// keep renews the Lease until End is called. Where the API server does not answer the deploy goes on.
func (l *Lease) keep() {
	var ctx context.Context
	ctx, l.stop = context.WithCancel(context.Background())
	l.done = make(chan struct{})
	go func() {
		defer close(l.done)
		ticker := time.NewTicker(l.Duration / renewals)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if lost := l.renew(ctx); lost != "" {
				l.Say("%s; going on without the Lease", lost)
				l.held = nil
				return
			}
		}
	}()
}

// renew renews the Lease once. It returns why, if the Lease belongs to somebody else now.
func (l *Lease) renew(ctx context.Context) (lost string) {
	ctx, cancel := context.WithTimeout(ctx, max(l.Duration/renewals, time.Second))
	defer cancel()
	next := l.held.DeepCopy()
	next.Spec.RenewTime = new(metav1.NowMicro())
	updated, err := l.leases.Update(ctx, next, metav1.UpdateOptions{})
	switch {
	case err == nil:
		l.held = updated
	case apierrors.IsNotFound(err):
		return "somebody has removed the Lease of this deploy"
	case apierrors.IsConflict(err):
		now, err := l.leases.Get(ctx, l.name(), metav1.GetOptions{})
		if err == nil && now.UID == l.held.UID {
			l.held = now // our own write, of which we did not hear
		} else if err == nil {
			return holderOf(now) + " has taken the Lease of this deploy over, which was not renewed in time"
		}
	}
	return ""
}

// End ends the renewal and removes the Lease.
func (l *Lease) End() {
	l.stop()
	<-l.done
	if l.held == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	err := l.leases.Delete(ctx, l.name(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &l.held.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		l.Say("the Lease %s is left, and is stale in %s: %v", l.name(), l.Duration, err)
	}
}

// Since is when this deploy began, by the API server's clock.
func (l *Lease) Since() time.Time { return l.began }

// DiedAfter says whether the deploy whose Lease was taken over can have written something at a time: then nobody works on
// that any more.
func (l *Lease) DiedAfter(t time.Time) bool {
	return l.dead != nil && !t.After(renewed(l.dead).Add(leaseDuration(l.dead)))
}

func holderOf(l *coordinationv1.Lease) string {
	if l.Spec.HolderIdentity == nil {
		return "nobody"
	}
	return *l.Spec.HolderIdentity
}

func acquired(l *coordinationv1.Lease) time.Time {
	if l.Spec.AcquireTime == nil {
		return l.CreationTimestamp.Time
	}
	return l.Spec.AcquireTime.Time
}

func renewed(l *coordinationv1.Lease) time.Time {
	if l.Spec.RenewTime == nil {
		return acquired(l)
	}
	return l.Spec.RenewTime.Time
}

func leaseDuration(l *coordinationv1.Lease) time.Duration {
	if l.Spec.LeaseDurationSeconds == nil {
		return DefaultDuration
	}
	return time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second
}
