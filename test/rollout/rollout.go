// Package rollout runs a `helm upgrade` or `helm install` as a prefix of it, like time: the command stays as it is, and so
// do its output and its exit code. What it adds: no two deploys of a release at once, by a Lease; recovery of what an
// earlier deploy that was cut off has left; a look at the pods meanwhile, and an early end where it is hopeless; a check
// that what is live is what Helm says; and the reason, last.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/follow"
	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/lease"
)

// Options of Run.
type Options struct {
	// Command is the command line, with the program first.
	Command []string
	// Stdin, Stdout and Stderr are the command's. What Run itself says goes to Stderr.
	Stdin  io.Reader
	Stdout io.Writer
	Stderr *os.File
	// PendingTimeout is how old a pending revision without a Lease must be to count as left behind; nil is twice the
	// command's --timeout, since Helm has as much again to go back, and five minutes.
	PendingTimeout *time.Duration
	// LeaseDuration is how long the Lease holds without being renewed; 0 is lease.DefaultDuration.
	LeaseDuration time.Duration
}

// Run runs the command and returns its exit code. The error is of a command that was not run: *lease.Busy where another
// deploy of the release is running. A signal (SIGINT, SIGTERM) is passed on once, and waited for: Helm goes back if it was
// told to.
func Run(ctx context.Context, o Options) (exitCode int, err error) {
	c, err := parse(ctx, o.Command)
	if err != nil {
		return 0, err
	}
	// From here on nothing of us ends by a signal alone.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	screen := follow.NewScreen(o.Stderr)
	r := &rollout{
		command: c, options: o, signals: signals, screen: screen, stdout: screen.Above(o.Stdout), stderr: screen.Above(o.Stderr),
	}
	if c.writesNothing {
		return r.runAlone()
	}
	if err := r.connect(); err != nil {
		return 0, err
	}
	there, err := r.namespaceIsThere(ctx)
	if err != nil {
		return 0, err
	}
	if there {
		r.lease, err = lease.Acquire(ctx, lease.Options{
			Client: r.live.Typed, Release: r.release, Namespace: r.Namespace, Duration: o.LeaseDuration, Say: r.say,
		})
		if err != nil {
			return 0, err
		}
		defer r.lease.End()
		if err := r.recoverBefore(ctx); err != nil {
			return 0, err
		}
	}
	if err := r.spareNeighbours(ctx); err != nil {
		return 0, err
	}
	if err := r.prepareToFollow(ctx); err != nil {
		return 0, err
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return r.deploy(context.WithoutCancel(ctx))
}

// rollout is one run of a command.
type rollout struct {
	*command
	options Options
	signals <-chan os.Signal
	screen  *follow.Screen
	// stdout and stderr do not meet the progress.
	stdout, stderr io.Writer

	records helm.Records
	live    live
	lease   *lease.Lease
	// before is the release as it is when the command starts.
	before history
	// follow returns what is wrong with the workloads, as follow.Follow does.
	follow func(ctx context.Context, workloads []follow.Workload) *follow.Failure
}

// say prints a line of our own.
func (r *rollout) say(format string, args ...any) {
	fmt.Fprintf(r.stderr, "slipway: "+format+"\n", args...)
}

func (r *rollout) connect() (err error) {
	r.live.Cluster, err = r.Connect()
	if err == nil {
		r.records = r.live.Records(r.release)
	}
	return err
}

// history reads the release's revisions.
func (r *rollout) history(ctx context.Context) (history, error) { return r.records.All(ctx) }

// namespaceIsThere looks for the namespace: Helm stores its release in it before it makes anything.
func (r *rollout) namespaceIsThere(ctx context.Context) (bool, error) {
	_, err := r.live.Typed.CoreV1().Namespaces().Get(ctx, r.Namespace, metav1.GetOptions{})
	switch {
	case err == nil, apierrors.IsForbidden(err): // whoever may deploy need not see it
		return true, nil
	case apierrors.IsNotFound(err) && r.createNamespace:
		return false, nil
	case apierrors.IsNotFound(err):
		return false, fmt.Errorf("namespace %s must be there before the first deploy; %s", r.Namespace, lease.MakeProject(r.Namespace))
	}
	return false, err
}

// runAlone runs a command that changes nothing.
func (r *rollout) runAlone() (int, error) {
	child, err := helm.Start(r.program.Path, r.Args, r.options.Stdin, r.stdout, r.stderr)
	if err != nil {
		return 0, err
	}
	for {
		select {
		case s := <-r.signals:
			child.Stop(s.(syscall.Signal))
		case <-child.Exited():
			return child.Code(), nil
		}
	}
}

// pendingTimeout is how old a pending revision without a Lease must be.
func (r *rollout) pendingTimeout() time.Duration {
	if r.options.PendingTimeout != nil {
		return *r.options.PendingTimeout
	}
	return 2*r.Timeout + 5*time.Minute
}

// recoverBefore makes the release ready for the command.
func (r *rollout) recoverBefore(ctx context.Context) error {
	// What is begun here is ended.
	whole := context.WithoutCancel(ctx)
	h, err := r.history(ctx)
	if err != nil {
		return err
	}
	if helm.TakeoverCutOff(h) {
		return fmt.Errorf("release %s in %s is half taken over from hand-made manifests, by a takeover that was cut off: "+
			"run `slipway takeover` once more with this helm command, which goes back first", r.release, r.Namespace)
	}
	if h.unfinished() {
		newest := h.newest()
		age := r.lease.Since().Sub(newest.Made)
		if !r.lease.DiedAfter(newest.Made) && age < r.pendingTimeout() {
			return &lease.Busy{
				Release: r.release, Namespace: r.Namespace, Since: newest.Made,
				Holder: fmt.Sprintf("a helm without slipway (revision %d is %s; if you know that it has died, add --pending-timeout 0s before --)", newest.Number, newest.Info.Status),
			}
		}
	}
	if err := r.recover(whole, h, "left by a deploy that was cut off"); err != nil {
		return err
	}
	if floor, ok := h.wentBack(); ok {
		if err := r.checkLive(whole, h, floor); err != nil {
			return err
		}
	}
	r.before, err = r.history(whole)
	return err
}

// prepareToFollow looks at what is there before the command: none of it is the command's.
func (r *rollout) prepareToFollow(ctx context.Context) error {
	before, err := follow.Look(ctx, r.live.Typed, r.Namespace)
	if err != nil {
		return err
	}
	r.follow = func(ctx context.Context, workloads []follow.Workload) *follow.Failure {
		return follow.Follow(ctx, follow.Options{
			Client: r.live.Typed, Workloads: workloads, Before: before, Screen: r.screen, Context: r.Context(),
		})
	}
	return nil
}

// recover does what the state of the release asks for. Nobody else may work on it.
func (r *rollout) recover(ctx context.Context, h history, why string) error {
	plan := h.recovery()
	if plan.none() {
		return nil
	}
	r.say("revision %d of release %s is %s, %s: %s", h.newest().Number, r.release, h.newest().Info.Status, why, plan)
	return r.carryOut(ctx, h, plan)
}

// carryOut does what a plan says, and removes what Helm has left.
func (r *rollout) carryOut(ctx context.Context, h history, plan recovery) error {
	neighbours, err := r.neighbours(ctx, h, plan)
	if err != nil {
		return err
	}
	if plan.uninstall {
		if len(neighbours) > 0 {
			return r.uninstallOwn(ctx, h, neighbours)
		}
		if err := r.refuseAdopted(ctx, h.newest()); err != nil {
			return err
		}
		if err := r.uninstall(ctx); err != nil {
			return err
		}
		return r.removeLeftovers(ctx, h)
	}
	if len(neighbours) > 0 {
		return fmt.Errorf("%s would take what belongs to others, since Helm does not look: %w", plan, errors.Join(neighbours...))
	}
	for _, one := range plan.forget {
		if err := r.records.Forget(ctx, one); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("remove the record of revision %d: %w", one.Number, err)
		}
	}
	if err := r.putBack(ctx, plan.rollback); err != nil {
		return err
	}
	return r.removeLeftovers(ctx, h)
}

// refuseAdopted refuses to uninstall a first install that has taken objects over which were there before: they would go.
func (r *rollout) refuseAdopted(ctx context.Context, first helm.Revision) error {
	manifest, err := objects(first.Manifest, r.Namespace)
	if err != nil {
		return err
	}
	for _, o := range manifest {
		found, err := r.live.Get(ctx, o.Unstructured)
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		if found != nil && found.GetCreationTimestamp().Time.Before(first.Made) {
			return fmt.Errorf("%s was there before release %s, which was cut off while it took it over, and would be deleted with it; "+
				"to keep it, delete the Secret %s, and run the command again with --take-ownership", o, r.release, first.Secret)
		}
	}
	return nil
}

// removeLeftovers removes the objects of the revisions in h that the release does not hold any more. Helm 3 leaves those
// of a revision that is not the newest one; both leave what they were just making when they were told to stop.
func (r *rollout) removeLeftovers(ctx context.Context, h history) error {
	now, err := r.history(ctx)
	if err != nil {
		return err
	}
	var gone, stays []object
	for _, one := range h {
		of, err := objects(one.Manifest, r.Namespace)
		if err != nil {
			return err
		}
		gone = append(gone, of...)
	}
	if len(now) > 0 {
		// Hooks are not in the manifest, and their objects may stay.
		if stays, err = objects(now.newest().Manifest, r.Namespace); err != nil {
			return err
		}
	}
	left, err := r.live.leftovers(ctx, r.release, gone, stays)
	if err != nil {
		return err
	}
	for _, o := range left {
		r.say("removing %s, which belongs to no revision any more", o)
		if err := r.live.remove(ctx, o); err != nil {
			return fmt.Errorf("remove %s: %w", o, err)
		}
	}
	return nil
}
