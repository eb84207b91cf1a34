package rollout

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"gitlab.example.com/platform/slipway/test/helm"
)

// Recover makes the release of a `helm rollback NAME` ready for the next deploy, as Run does before its own, and says what it
// found. The command itself is not run.
func Recover(ctx context.Context, o Options) error {
	c, err := parseFor(ctx, "rollback", o.Command)
	if err != nil {
		return err
	}
	r, end := begin(c, o)
	defer end()
	_, err = r.withLease(ctx, func() (int, error) {
		if _, err := r.takeUp(ctx); err != nil {
			return 0, err
		}
		if err := r.makeReady(ctx); err != nil {
			return 0, err
		}
		if len(r.before) == 0 {
			r.say("release %s is ready for the next deploy, which installs it", r.release)
		} else {
			r.say("release %s is ready for the next deploy: revision %d is %s", r.release, r.before.Last(), r.before.Newest().Info.Status)
		}
		return 0, nil
	})
	return err
}

// tryRecover makes the release ready for the next deploy, by what its history says now.
func (r *rollout) tryRecover(ctx context.Context) error {
	h, err := r.history(ctx)
	if err != nil {
		return err
	}
	if err := r.recover(ctx, h, "left by a deploy that was cut off"); err != nil {
		return err
	}
	if floor, ok := wentBack(h); ok {
		return r.checkLive(ctx, h, floor)
	}
	return nil
}

// plan says what makes the release ready, by its history and by what is live: a first install whose removal would take
// something away is deployed over, and nothing is undone of which nothing is live.
func (r *rollout) plan(ctx context.Context, h helm.History) recovery {
	plan := recoveryOf(h)
	why := ""
	switch good, ok := h.Good(); {
	case plan.uninstall:
		if why = r.worthKeeping(ctx, h.Newest()); why == "" {
			return plan
		}
	case plan.rollback == 0:
		return plan
	case hasNoWayBack(h):
		why = "there is no way back"
	case ok && !r.isLive(ctx, dead(h, good), good):
		why = "nothing of it is live"
	default:
		return plan
	}
	if !h.Unfinished() {
		return recovery{}
	}
	return recovery{settle: why}
}

// recover does what the state of the release asks for. Nobody else may work on it.
func (r *rollout) recover(ctx context.Context, h helm.History, why string) error {
	plan := r.plan(ctx, h)
	if plan.none() {
		return nil
	}
	r.say("revision %d of release %s is %s, %s: %s", h.Newest().Number, r.release, h.Newest().Info.Status, why, plan)
	return r.carryOut(ctx, h, plan)
}

// carryOut does what a plan says, and removes what Helm has left. What the API server refuses is said, and is no error.
func (r *rollout) carryOut(ctx context.Context, h helm.History, plan recovery) error {
	neighbours := r.neighbours(ctx, h, plan)
	switch {
	case plan.settle != "":
		return r.settle(ctx, h.Newest(), plan.settle)
	case plan.uninstall && len(neighbours) > 0:
		return r.uninstallOwn(ctx, h, neighbours)
	case len(neighbours) > 0:
		return r.giveUp(ctx, plan.rollback, fmt.Errorf("it would take what belongs to others, since Helm does not look: %w", errors.Join(neighbours...)))
	case plan.uninstall:
		if err := r.uninstall(ctx); isTransient(err) {
			return err
		} else if err != nil {
			r.say("it cannot be uninstalled, and is deployed over: %s", lastLine(err))
			return r.settle(ctx, h.Newest(), "it could not be uninstalled")
		}
		return r.removeLeftovers(ctx, h)
	}
	back, err := r.goBack(ctx, h, plan)
	if err != nil || !back {
		return err
	}
	return r.removeLeftovers(ctx, h)
}

// settle records a revision as failed, which Helm deploys over, and waits for the end of what is being deleted of it: that
// would take with it what Helm writes to it.
func (r *rollout) settle(ctx context.Context, one helm.Revision, why string) error {
	if err := r.awaitDeletions(ctx, one); err != nil {
		return err
	}
	err := r.records.Settle(ctx, one, helm.Failed, fmt.Sprintf("Release %q failed: cut off; deployed over, since %s", r.release, why))
	if apierrors.IsNotFound(err) { // an uninstall that came to its end
		return nil
	}
	return err
}

// forgetSince removes the records of the revisions after one: those of our own tries.
func (r *rollout) forgetSince(ctx context.Context, last int) error {
	now, err := r.history(ctx)
	if err != nil {
		return err
	}
	for _, one := range now {
		if one.Number > last {
			if err := r.forget(ctx, one); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rollout) forget(ctx context.Context, one helm.Revision) error {
	if err := r.records.Forget(ctx, one); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("remove the record of revision %d: %w", one.Number, err)
	}
	return nil
}

// removeLeftovers removes the objects of the revisions in h that the release does not hold any more. Helm 3 leaves those
// of a revision that is not the newest one; both leave what they were just making when they were told to stop. What cannot
// be removed is said, and stays.
func (r *rollout) removeLeftovers(ctx context.Context, h helm.History) error {
	now, err := r.history(ctx)
	if err != nil {
		return err
	}
	var gone, stays []object
	for _, one := range h {
		of, err := objects(one.Manifest, r.Namespace)
		if err != nil {
			r.sayOnce("revision %d: %v", one.Number, err)
		}
		gone = append(gone, of...)
	}
	if len(now) == 0 { // nor is there a record of what its hooks have made
		if err := r.removeHooks(ctx, nil, r.hooksOf(h)); err != nil {
			return err
		}
	} else {
		texts := []string{now.Newest().Manifest}
		for _, hook := range now.Newest().Hooks { // their objects may stay
			texts = append(texts, hook.Manifest)
		}
		for _, text := range texts {
			of, err := objects(text, r.Namespace)
			if err != nil {
				r.sayOnce("what earlier deploys have left is not looked for: revision %d: %v", now.Newest().Number, err)
				return nil
			}
			stays = append(stays, of...)
		}
	}
	left, err := r.live.leftovers(ctx, r.release, gone, stays)
	if err != nil {
		return err
	}
	for _, o := range left {
		if holdsVolume(o) {
			r.sayOnce("%s belongs to no revision any more, and stays, since it has a volume", o)
			continue
		}
		r.say("removing %s, which belongs to no revision any more", o)
		if err := r.live.remove(ctx, o); isTransient(err) {
			return fmt.Errorf("remove %s: %w", o, err)
		} else if err != nil {
			r.say("%s stays: %v", o, err)
		}
	}
	return nil
}

// unseen says that an object is not looked at, and why.
func (r *rollout) unseen(o object, err error) {
	r.sayOnce("%s objects are not looked at: %v", o.GetKind(), err)
}
