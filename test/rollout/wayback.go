package rollout

import (
	"context"
	"fmt"
	"strings"

	"gitlab.example.com/platform/slipway/test/helm"
)

// mostTries of going back: fields may have other owners first, and an autoscaler may move in between.
const mostTries = 4

// goBack has Helm go back to a good revision. Where that is refused it says so, and what is live then: the release is as
// Helm deploys over it, and going back is not tried again before a deploy has gone well. The error is of an API server
// that does not answer.
func (r *rollout) goBack(ctx context.Context, h helm.History, plan recovery) (back bool, err error) {
	last := h.Last()
	for _, one := range plan.forget {
		if err := r.forget(ctx, one); err != nil {
			return false, err
		}
		last = min(last, one.Number-1)
	}
	r.keepScale(ctx, plan.rollback)
	for range mostTries {
		err = r.putBack(ctx, plan.rollback)
		if err == nil {
			return true, nil
		}
		// Helm rolls back from the newest revision, which must be the one whose objects are live.
		if err := r.forgetSince(ctx, last); err != nil {
			return false, err
		}
		if isTransient(err) {
			return false, err
		}
		if !isConflict(err) || !r.makeWay(ctx, plan.rollback, err) {
			break
		}
	}
	return false, r.giveUp(ctx, plan.rollback, err)
}

// giveUp leaves the release as it is, and ready for the next deploy.
func (r *rollout) giveUp(ctx context.Context, target int, refusal error) error {
	h, err := r.history(ctx)
	if err != nil {
		return err
	}
	reason := lastLine(refusal)
	if len(h) > 0 {
		if err := r.records.Settle(ctx, h.Newest(), helm.Failed, fmt.Sprintf("%s%d: %s", noWayBack, target, reason)); err != nil {
			return err
		}
	}
	r.say("there is no way back to revision %d: %s", target, reason)
	r.say("%s; the next deploy goes on from there", r.liveNow(ctx, h, target))
	return nil
}

// liveNow says in what way that which is live is not a revision.
func (r *rollout) liveNow(ctx context.Context, h helm.History, number int) string {
	const most = 5
	for _, one := range h {
		if one.Number != number {
			continue
		}
		manifest, err := objects(one.Manifest, r.Namespace)
		if err != nil {
			break
		}
		differences, err := r.live.differences(ctx, manifest)
		if err != nil {
			break
		}
		if len(differences) == 0 {
			return fmt.Sprintf("all that revision %d has is live", number)
		}
		var said []string
		for _, d := range differences[:min(most, len(differences))] {
			said = append(said, d.String())
		}
		if len(differences) > most {
			said = append(said, fmt.Sprintf("and %d more", len(differences)-most))
		}
		return fmt.Sprintf("live is revision %d but for: %s", number, strings.Join(said, "; "))
	}
	return "what is live cannot be seen"
}
