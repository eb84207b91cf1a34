// Package rollout runs a `helm upgrade` or `helm install` as a prefix of it, like time: the command stays as it is, and so
// do its output and its exit code. What it adds: no two deploys of a release at once, by a Lease; recovery of what an
// earlier deploy that was cut off has left; a look at the pods meanwhile, and an early end where it is hopeless; a check
// that what is live is what Helm says; and the reason, last.
package rollout

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
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
	// once has the lines that were said, and are not again.
	once  sync.Map
	lease *lease.Lease
	// before is the release as it is when the command starts; unread says that it could not be read.
	before history
	unread bool
	// follow returns what is wrong with the workloads, as follow.Follow does.
	follow func(ctx context.Context, workloads []follow.Workload) *follow.Failure
}

// sayOnce prints a line that has not been printed yet.
func (r *rollout) sayOnce(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if _, said := r.once.LoadOrStore(line, true); !said {
		r.say("%s", line)
	}
}

// say prints a line of our own.
func (r *rollout) say(format string, args ...any) {
	fmt.Fprintf(r.stderr, "slipway: "+format+"\n", args...)
}

func (r *rollout) connect() (err error) {
	r.live.Cluster, err = r.Connect()
	if err == nil {
		r.records = r.live.Records(r.release)
		r.live.unseen = r.unseen
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

// recoverBefore makes the release ready for the command, as far as it can be: what cannot is said, and the command runs as
// it would without us. The error is of a release that somebody else works on, or that a takeover has left half done.
func (r *rollout) recoverBefore(ctx context.Context) error {
	// What is begun here is ended.
	whole := context.WithoutCancel(ctx)
	var h history
	err := patiently(whole, func() (err error) {
		h, err = r.history(whole)
		return err
	})
	if err != nil {
		r.say("what an earlier deploy has left cannot be seen, and this one goes on, and is not followed: %v", err)
		r.unread = true
		return nil
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
	err = patiently(whole, func() error { return r.tryRecover(whole) })
	if err != nil {
		r.say("release %s is not as it should be, and the deploy goes on: %v", r.release, err)
	}
	if r.before, err = r.history(whole); err != nil {
		r.say("this deploy is not followed: %v", err)
		r.unread = true
	}
	r.takeBack(whole)
	return nil
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
