// Package lease lets one process at a time change a release: whoever does holds a Lease in the release's namespace. It
// decides: a holder that cannot be sure of it writes nothing until it is, and one that has lost it ends what it has begun.
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
	// pollInterval of looking whether somebody renews a Lease.
	pollInterval = 250 * time.Millisecond
	// onItsWay is how much later than it was sent a busy API server may carry out a request, whose time it counts in whole seconds.
	onItsWay = 10 * time.Second
	// requestTimeout of removing it, which must not keep a deploy waiting.
	requestTimeout = 10 * time.Second
)

// Options say which release's Lease it is.
type Options struct {
	Client kubernetes.Interface
	// Namespace of the release.
	Release, Namespace string
	// Duration is how long the Lease holds without being renewed; 0 is DefaultDuration.
	Duration time.Duration
	// SameJob takes over at once what another process of this CI job holds: the caller knows that it has ended.
	SameJob bool
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

	keeper
}

// Acquire makes the Lease and keeps it until End. It waits for the end of one that may be stale. The error is *Busy if
// another deploy of the release is alive.
func Acquire(ctx context.Context, o Options) (*Lease, error) {
	if o.Duration == 0 {
		o.Duration = DefaultDuration
	}
	l := &Lease{Options: o, leases: o.Client.CoordinationV1().Leases(o.Namespace)}
	for {
		sent := time.Now()
		var err error
		l.held, err = l.leases.Create(ctx, l.fresh(), metav1.CreateOptions{})
		if err == nil {
			l.began = l.held.CreationTimestamp.Time
			l.keep(sent)
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
// removed. Whether it is renewed is watched, however old it is: no two machines' clocks agree, and a holder that was asleep
// may be awake. The error is *Busy where it is renewed.
func (l *Lease) removeStale(ctx context.Context) error {
	found, err := l.leases.Get(ctx, l.name(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	if l.SameJob && isOfThisJob(found) {
		return l.remove(ctx, found, "an earlier command of this job, which has ended, had the Lease of release %s", l.Release)
	}
	if isReleased(found) {
		return l.remove(ctx, found, "an earlier deploy of release %s ended %s and could not finish what it had begun", l.Release, ago(renewed(found)))
	}
	duration := leaseDuration(found)
	l.Say("%s has the Lease of release %s since %s; seeing whether it is renewed, for %s", holderOf(found), l.Release, ago(acquired(found)), duration)
	for began := time.Now(); time.Since(began) < duration; {
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
	return l.remove(ctx, found, "%s has not renewed its Lease since %s: it is gone", holderOf(found), ago(renewed(found)))
}

// remove removes the Lease of a deploy that died, and says so, unless it was renewed in this moment.
func (l *Lease) remove(ctx context.Context, found *coordinationv1.Lease, format string, args ...any) error {
	err := l.leases.Delete(ctx, l.name(), metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &found.UID, ResourceVersion: &found.ResourceVersion},
	})
	if err == nil {
		l.dead = found
		l.Say(format, args...)
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

// End ends the renewal and removes the Lease, if it is ours.
func (l *Lease) End() {
	l.letGo(func(ctx context.Context) error {
		return l.leases.Delete(ctx, l.name(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &l.held.UID}})
	})
}

// EndUnfinished ends the renewal and leaves the Lease without a holder, if it is ours: what we have begun is not finished, and
// whoever comes next knows by it that nobody works on that any more.
func (l *Lease) EndUnfinished() {
	l.letGo(func(ctx context.Context) error {
		left, err := l.leases.Get(ctx, l.name(), metav1.GetOptions{})
		if err != nil || left.UID != l.held.UID || holderOf(left) != holderOf(l.held) {
			return err
		}
		// As client-go's leader election releases one.
		left.Spec.HolderIdentity, left.Spec.LeaseDurationSeconds, left.Spec.RenewTime = new(""), new(int32(1)), new(metav1.NowMicro())
		_, err = l.leases.Update(ctx, left, metav1.UpdateOptions{})
		return err
	})
}

// letGo ends the renewal, and does the last with the Lease, unless that is lost.
func (l *Lease) letGo(do func(ctx context.Context) error) {
	l.stop()
	l.running.Wait()
	if l.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if err := do(ctx); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		l.Say("the Lease %s is left, and is stale in %s: %v", l.name(), l.Duration, err)
	}
}

// Since is when this deploy began, by the API server's clock.
func (l *Lease) Since() time.Time { return l.began }

// DiedAfter says whether the deploy whose Lease was taken over can have written something at a time, by the API server's
// clock: then nobody works on that any more.
func (l *Lease) DiedAfter(t time.Time) bool {
	return l.dead != nil && !t.After(lastWritten(l.dead).Add(leaseDuration(l.dead)+onItsWay))
}
