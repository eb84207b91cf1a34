package rollout

import (
	"context"
	"slices"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"gitlab.example.com/platform/slipway/test/follow"
	"gitlab.example.com/platform/slipway/test/helm"
)

const (
	// writingTimeout bounds the wait for Helm to have written all objects, before it is told to stop.
	writingTimeout = time.Minute
	// settled is after how long without a change Helm has stopped writing, though not all is as the manifest says: it
	// waits for a hook, or somebody else changes an object. The API server takes its time for one write, not for this.
	settled = 5 * time.Second
	// interruptedTimeout is the same where somebody wants us to end, who may not wait longer.
	interruptedTimeout = 5 * time.Second
	// pollInterval of everything that is waited for.
	pollInterval = 250 * time.Millisecond
)

// pause waits a moment.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pollInterval):
		return nil
	}
}

// deploy runs the command, and sees to it that what is live in the end is what Helm says. The last that it prints is the
// reason of a failure.
func (r *rollout) deploy(ctx context.Context) (exitCode int, err error) {
	child, err := r.program.Start(r.Args, r.options.Stdin, r.stdout, r.stderr)
	if err != nil {
		return 0, err
	}
	pending := make(chan helm.Revision, 1)
	reason := make(chan *follow.Failure, 1)
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go r.awaitRevision(watching, pending)

	var written helm.Revision
	var failure *follow.Failure
	told := false
	stop := func(signal syscall.Signal, timeout time.Duration) {
		if !told {
			told = true
			go r.stopWhenWritten(watching, child, written, signal, timeout)
		}
	}
	for running := true; running; {
		select {
		case <-child.Exited():
			running = false
		case written = <-pending:
			go r.followRevision(watching, written, reason)
		case s := <-r.signals:
			r.say("%s: passing it on to helm once, and waiting for helm to end", s)
			stop(s.(syscall.Signal), interruptedTimeout)
		case failure = <-reason:
			reason = nil
			r.say("%s; telling helm to stop", failure.Summary)
			stop(syscall.SIGTERM, writingTimeout)
		}
	}
	stopWatching()
	if err := r.lease.Err(); err != nil { // helm was killed, and what is live is another's
		r.screen.End()
		return 0, err
	}
	if written.Number == 0 {
		select {
		case written = <-pending:
			reason = nil // nobody follows it
		default:
		}
	}
	if written.Number != 0 && reason != nil {
		failure = <-reason
	}
	r.screen.End()
	code := child.Code()
	switch {
	case code == 0 && len(r.before) > 0 && r.before.Newest().Info.Status != helm.Deployed:
		// What dead revisions have left where there was no way back.
		if err := patiently(ctx, func() error { return r.removeLeftovers(ctx, r.before) }); err != nil {
			r.say("what earlier deploys have left stays: %v", err)
		}
	case code != 0:
		r.putRight(ctx, written)
		if failure != nil {
			failure.Print(r.stderr)
		}
	}
	return code, nil
}

// followRevision sends what is wrong with a revision's pods, or nil: when the rollout is hopeless, or when ctx ends.
func (r *rollout) followRevision(ctx context.Context, written helm.Revision, reason chan<- *follow.Failure) {
	all, err := workloads(written, r.Namespace)
	if err != nil {
		r.say("%v", err)
	}
	reason <- r.follow(ctx, all, written.Made)
}

// awaitRevision sends the revision that Helm writes, which it does before all else.
func (r *rollout) awaitRevision(ctx context.Context, pending chan<- helm.Revision) {
	for !r.unread && pause(ctx) == nil {
		one, err := r.records.Get(ctx, r.before.Last()+1)
		if err == nil {
			pending <- one
			return
		}
	}
}

// stopWhenWritten sends Helm the signal that makes it go back, once it has written all objects of the revision: Helm 3
// that is told to stop while it writes goes on writing beside its own rollback, and may end with the bad image live. It
// waits no longer than timeout.
func (r *rollout) stopWhenWritten(ctx context.Context, child *helm.Process, written helm.Revision, signal syscall.Signal, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	manifest, err := objects(written.Manifest, r.Namespace)
	changed := time.Now()
	var last []difference
	for err == nil && time.Since(changed) < settled {
		now, problem := r.live.differences(ctx, manifest)
		if problem == nil && len(now) == 0 {
			break
		}
		if problem == nil && !slices.Equal(now, last) {
			last, changed = now, time.Now()
		}
		err = pause(ctx)
	}
	select {
	case <-child.Exited():
	default:
		child.Stop(signal)
	}
}

// putRight leaves the release as the command should have, after it failed: Helm may have been killed, its rollback may
// have failed, and Helm 3 may say that it has rolled back where it has not. It says what it cannot do.
func (r *rollout) putRight(ctx context.Context, written helm.Revision) {
	if err := patiently(ctx, func() error { return r.tryPutRight(ctx, written) }); err != nil {
		r.say("release %s is not as it should be, and the next deploy begins with that: %v", r.release, err)
	}
}

func (r *rollout) tryPutRight(ctx context.Context, written helm.Revision) error {
	h, err := r.history(ctx)
	if apierrors.IsNotFound(err) || len(h) == 0 && written.Number == 0 {
		return nil // nothing was begun
	}
	if err != nil {
		return err
	}
	if len(h) == 0 { // an install was undone
		return r.removeLeftovers(ctx, helm.History{written})
	}
	newest := h.Newest()
	switch {
	case newest.Number == r.before.Last() && !h.Unfinished():
		return nil // nothing was written
	case h.Unfinished(), newest.Info.Status == helm.Failed && r.goesBack:
		if r.plan(ctx, h).none() {
			if !hasNoWayBack(h) {
				r.say("nothing of revision %d is live: what was live stays as it is", r.before.Last()+1)
			}
			return nil
		}
		if err := r.recover(ctx, h, "and helm has ended"); err != nil {
			return err
		}
	case newest.Info.Status == helm.Failed:
		return nil // as it was asked for; the next deploy begins with going back
	}

	if h, err = r.history(ctx); err != nil || len(h) == 0 || h.Newest().Info.Status != helm.Deployed {
		return err
	}
	return r.checkLive(ctx, h, r.before.Last())
}

// checkLive compares what is live with the revision that Helm says is live, and mends it. floor is the number of the last
// revision before the trouble.
func (r *rollout) checkLive(ctx context.Context, h helm.History, floor int) error {
	good, ok := h.Good()
	if !ok {
		return nil
	}
	manifest, err := objects(good.Manifest, r.Namespace)
	if err != nil {
		return err
	}
	wrong, err := r.mendable(ctx, manifest)
	if err != nil {
		return err
	}
	if len(wrong) == 0 {
		return r.removeLeftovers(ctx, h)
	}
	plan := wayBack(h, good, floor)
	r.say("helm says that revision %d is live, and it is not: %s; %s", good.Number, wrong[0], plan)
	if err := r.carryOut(ctx, h, plan); err != nil {
		return err
	}
	wrong, err = r.live.differences(ctx, manifest)
	for _, d := range wrong {
		r.sayOnce("%s", d)
	}
	return err
}
