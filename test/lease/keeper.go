package lease

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// renewals in the time that a Lease holds. When all but one have failed the Lease is in doubt.
	renewals = 6
	// retryInterval of a renewal that has failed.
	retryInterval = time.Second
	// clockInterval of looking at the clock: how long after a sleep a worker may run before it is held.
	clockInterval = 100 * time.Millisecond
	// giveUpAfter is how long a Lease may stay in doubt. Helm itself does not wait for an API server any longer.
	giveUpAfter = 5 * time.Minute
)

// Worker is a process that changes the release while it is held.
type Worker interface {
	// Pause stops it where it is, and Resume lets it go on. Kill ends it.
	Pause()
	Resume()
	Kill()
}

// keeper renews a Lease. From when it was not renewed for nearly as long as it holds, until it was looked at, it is in doubt:
// another may have taken it over, or may do so any moment.
type keeper struct {
	stop    func()
	running sync.WaitGroup
	// look asks for a renewal at once.
	look chan struct{}
	// renewed is when the last renewal that came through was sent.
	renewed time.Time

	// life ends, with a *Lost, when the Lease is lost.
	life context.Context
	lose context.CancelCauseFunc

	mutex   sync.Mutex
	workers map[Worker]bool
	// sure is when the last request was sent whose answer says that the Lease is ours.
	sure time.Time
	// doubt is closed when the Lease is not in doubt any more; nil while it is not in doubt. doubted is since when it is.
	doubt   chan struct{}
	doubted time.Time
}

// keep renews the Lease, which was asked for at a time, until stop is called or it is lost.
func (l *Lease) keep(sent time.Time) {
	var ctx context.Context
	ctx, l.stop = context.WithCancel(context.Background())
	l.life, l.lose = context.WithCancelCause(context.Background())
	l.look, l.workers = make(chan struct{}, 1), map[Worker]bool{}
	l.renewed, l.sure = sent, sent
	l.running.Go(func() { l.renewAll(ctx) })
	l.running.Go(func() { l.watchClock(ctx) })
}

// Err is a *Lost when the Lease is lost, else nil, as it is without a Lease.
func (l *Lease) Err() error {
	if l == nil {
		return nil
	}
	return context.Cause(l.life)
}

// Guard holds a worker while the Lease is in doubt, and kills it when it is lost, until the function that it returns is called.
func (l *Lease) Guard(w Worker) (end func()) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.workers[w] = true
	switch {
	case l.Err() != nil:
		w.Kill()
	case l.doubt != nil:
		w.Pause()
	}
	return func() {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		delete(l.workers, w)
	}
}

// Leave returns nil when something may be written: at once, or once the Lease was looked at where it is in doubt. The error
// is *Lost, or that of ctx.
func (l *Lease) Leave(ctx context.Context) error {
	for {
		doubt := l.checkClock()
		if err := l.Err(); err != nil || doubt == nil {
			return err
		}
		select {
		case <-doubt:
		case <-l.life.Done():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// watchClock finds out in time that the Lease is in doubt: no timer says so that was asleep itself.
func (l *Lease) watchClock(ctx context.Context) {
	tick := time.NewTicker(clockInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.life.Done():
			return
		case <-tick.C:
			l.checkClock()
		}
	}
}

// checkClock holds all workers if the Lease is in doubt, and returns what is closed when it is not any more.
func (l *Lease) checkClock() <-chan struct{} {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := time.Now()
	since := elapsed(l.sure, now)
	switch {
	case l.doubt == nil && since >= l.Duration-l.Duration/renewals:
		l.doubt, l.doubted = make(chan struct{}), now
		for w := range l.workers {
			w.Pause()
		}
		select {
		case l.look <- struct{}{}:
		default:
		}
		l.Say("the Lease of release %s could not be renewed for %s: nothing is written until it is seen whose it is", l.Release, since.Round(time.Second))
	case l.doubt != nil && elapsed(l.doubted, now) >= giveUpAfter:
		l.end("the API server has not said whose it is for %s", since.Round(time.Second))
	}
	return l.doubt
}

// end ends all workers. The caller has locked the mutex.
func (l *Lease) end(format string, args ...any) {
	if l.Err() != nil {
		return
	}
	l.lose(&Lost{Release: l.Release, Namespace: l.Namespace, Why: fmt.Sprintf(format, args...)})
	for w := range l.workers {
		w.Kill()
	}
}

// renewAll renews the Lease again and again.
func (l *Lease) renewAll(ctx context.Context) {
	for wait := l.Duration / renewals; ; {
		select {
		case <-ctx.Done():
			return
		case <-l.life.Done():
			return
		case <-l.look:
		case <-time.After(wait):
		}
		sent := time.Now()
		ours, lost := l.renew(ctx, sent)
		wait = l.Duration / renewals
		if l.renewed != sent {
			wait = min(wait, retryInterval)
		}
		if lost != "" {
			l.mutex.Lock()
			l.end("%s", lost)
			l.mutex.Unlock()
			return
		}
		if ours {
			l.confirm(sent)
		}
	}
}

// confirm lets all workers go on: a request that was sent at a time was answered with a Lease that is ours.
func (l *Lease) confirm(sent time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.sure = sent
	if l.doubt == nil {
		return
	}
	if elapsed(sent, time.Now()) >= l.Duration-l.Duration/renewals { // asleep again since
		select {
		case l.look <- struct{}{}:
		default:
		}
		return
	}
	l.Say("the Lease of release %s is still ours: going on", l.Release)
	close(l.doubt)
	l.doubt = nil
	for w := range l.workers {
		w.Resume()
	}
}

// renew renews the Lease once, or looks whose it is where it cannot be renewed: it is ours as long as nobody else has taken
// it. It returns why, if somebody has. Neither is said where the API server does not answer.
func (l *Lease) renew(ctx context.Context, sent time.Time) (ours bool, lost string) {
	timeout := max(l.Duration/renewals, retryInterval)
	next := l.held.DeepCopy()
	next.Spec.RenewTime = new(metav1.NowMicro())
	once, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	updated, err := l.leases.Update(once, next, metav1.UpdateOptions{})
	if err == nil {
		l.held, l.renewed = updated, sent
		return true, ""
	}
	once, cancel = context.WithTimeout(ctx, timeout)
	defer cancel()
	now, err := l.leases.Get(once, l.name(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return l.makeAnew(ctx, sent)
	case err != nil:
		return false, ""
	case now.UID != l.held.UID || holderOf(now) != holderOf(l.held):
		return false, holderOf(now) + " has taken it over"
	}
	l.held = now // our own write, of which we did not hear, or somebody's label
	return true, ""
}

// makeAnew makes the Lease once more that somebody has deleted. After the time that it holds it may have been taken over, and
// be gone because that one has come to its end.
func (l *Lease) makeAnew(ctx context.Context, sent time.Time) (ours bool, lost string) {
	if since := elapsed(l.renewed, time.Now()); since >= l.Duration {
		return false, fmt.Sprintf("its Lease was not renewed for %s, and is gone, as when somebody takes it over and comes to an end", since.Round(time.Second))
	}
	made, err := l.leases.Create(ctx, l.fresh(), metav1.CreateOptions{})
	if err != nil {
		return false, "" // who was faster is seen at the next look
	}
	l.held, l.renewed = made, sent
	l.Say("somebody has deleted the Lease of release %s while nobody else had it: it is made anew", l.Release)
	return true, ""
}
