package rollout

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gitlab.example.com/platform/slipway/test/helm"
)

// Rollback runs Options.Command, which is `helm rollback NAME` and flags, as Run runs an upgrade, and returns its exit code.
// It leads to the last good revision before what is live now, or to revision number if that is not 0. The error is of one that was not run: there is nothing to go back to, or the revision never was good and force does not say that it may be.
func Rollback(ctx context.Context, o Options, number int, force bool) (exitCode int, err error) {
	c, err := parseFor(ctx, "rollback", o.Command)
	if err != nil {
		return 0, err
	}
	r, end := begin(c, o)
	defer end()
	return r.withLease(ctx, func() (int, error) {
		h, err := r.takeUp(ctx)
		if err != nil {
			return 0, err
		}
		// As it is before the recovery, which is a way back itself.
		to, err := target(h, number, force)
		if err != nil {
			return 0, fmt.Errorf("%s in namespace %s: %w", r.release, r.Namespace, err)
		}
		r.recoverBefore(ctx)
		r.strikeNeighbours(ctx, to)
		r.Args = slices.Insert(slices.Clone(r.Args), 2, strconv.Itoa(to.Number))
		r.say("+ %s %s", r.Program, strings.Join(r.Args, " "))
		return r.followed(ctx)
	})
}

// target is the revision to go back to.
func target(h helm.History, number int, force bool) (helm.Revision, error) {
	if recoveryOf(h).uninstall {
		return helm.Revision{}, fmt.Errorf("%w; there are:\n%s", helm.ErrNothingBefore, h)
	}
	if number == 0 {
		return h.GoodBefore()
	}
	to, ok := h.Number(number)
	switch {
	case !ok:
		return to, fmt.Errorf("there is no revision %d; the good ones are:\n%s", number, h.AllGood())
	case !to.Good() && !force:
		return to, fmt.Errorf("revision %d (%s: %s) was never live as a whole; name a good one, or add --force to go there all the same:\n%s",
			number, to.Info.Status, to.Info.Description, h.AllGood())
	}
	return to, nil
}

// GoodBefore returns the number of the revision that Rollback leads to, by the kubeconfig of helm in the environment.
func GoodBefore(ctx context.Context, release, namespace string) (int, error) {
	c, err := helm.Parse([]string{"helm", "rollback", release, "--namespace", namespace})
	if err != nil {
		return 0, err
	}
	cluster, err := c.Connect()
	if err != nil {
		return 0, err
	}
	h, err := cluster.Records(release).All(ctx)
	if err != nil {
		return 0, err
	}
	to, err := target(h, 0, false)
	if err != nil {
		return 0, fmt.Errorf("%s in namespace %s: %w", release, namespace, err)
	}
	return to.Number, nil
}
