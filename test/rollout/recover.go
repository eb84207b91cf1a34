package rollout

import "context"

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
		h, err := r.takeUp(ctx)
		if err != nil {
			return 0, err
		}
		if err := r.recoverBefore(ctx, h); err != nil {
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
