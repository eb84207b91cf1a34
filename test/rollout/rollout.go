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
	"slices"
	"sync"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/follow"
	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/lease"
)

// lookTimeout bounds the look at what a run leaves.
const lookTimeout = 10 * time.Second

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
	// SameJob says that all earlier commands of this CI job have ended: their Lease is taken over at once.
	SameJob bool
	// Patience with pods in trouble, over follow's defaults.
	Patience follow.Patience
}

// Run runs the command and returns its exit code. The error is of a command that was not run, or that was ended on its way:
// *lease.Busy where another deploy of the release is running, *lease.Lost where another has taken it over meanwhile. A signal
// (SIGINT, SIGTERM) is passed on once, and waited for: Helm goes back if it was told to.
func Run(ctx context.Context, o Options) (exitCode int, err error) {
	c, err := parse(ctx, o.Command)
	if err != nil {
		return 0, err
	}
	r, end := begin(c, o)
	defer end()
	if c.writesNothing {
		return r.runAlone()
	}
	return r.withLease(ctx, func() (int, error) {
		if r.lease != nil {
			if err := r.prepare(ctx); err != nil {
				return 0, err
			}
		}
		if err := r.spareNeighbours(ctx); err != nil {
			return 0, err
		}
		return r.followed(ctx)
	})
}

// begin makes a run of a command. Until end is called nothing of us ends by a signal alone.
func begin(c *command, o Options) (r *rollout, end func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	screen := follow.NewScreen(o.Stderr)
	r = &rollout{
		command: c, options: o, signals: signals, screen: screen, stdout: screen.Above(o.Stdout), stderr: screen.Above(o.Stderr),
	}
	return r, func() { signal.Stop(signals) }
}

// withLease does something while the Lease of the release is held; without one where the command is to make the namespace.
func (r *rollout) withLease(ctx context.Context, do func() (int, error)) (exitCode int, err error) {
	if r.live.Cluster, err = r.Connect(); err != nil {
		return 0, err
	}
	r.live.unseen = r.unseen
	r.records = r.live.Records(r.release)
	there, err := r.namespaceIsThere(ctx)
	if err != nil {
		return 0, err
	}
	if !there {
		return do()
	}
	r.lease, err = lease.Acquire(ctx, lease.Options{
		Client: r.live.Typed, Release: r.release, Namespace: r.Namespace, Duration: r.options.LeaseDuration, SameJob: r.options.SameJob, Say: r.say,
	})
	if err != nil {
		return 0, err
	}
	defer func() { r.letGo(exitCode == 0 && err == nil) }()
	// All that writes, from here on: helm, and we.
	r.program.Guard = func(p *helm.Process) func() { return r.lease.Guard(p) }
	if r.live.Cluster, err = r.live.Guarded(r.lease.Leave); err != nil {
		return 0, err
	}
	r.records = r.live.Records(r.release)
	exitCode, err = do()
	if lost := r.lease.Err(); lost != nil {
		return 0, lost
	}
	return exitCode, err
}

// letGo gives the Lease back. Where what was begun may be unfinished, an outage of the API server having cut it off, the Lease
// says so to the next deploy, which would take it for the work of a helm that lives.
func (r *rollout) letGo(finished bool) {
	if finished {
		r.lease.End()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	h, err := r.history(ctx)
	if err == nil && !r.free {
		r.free = r.refuse(h) == nil
	}
	if r.free && (err != nil || h.Unfinished()) {
		r.lease.EndUnfinished()
		return
	}
	r.lease.End()
}

// followed runs the command, and follows what it does.
func (r *rollout) followed(ctx context.Context) (exitCode int, err error) {
	r.prepareToFollow(ctx)
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
	// free: nobody else works on the release.
	free bool
	// before is the release as it is when the command starts; unread says that it could not be read.
	before helm.History
	unread bool
	// follow returns what is wrong with the workloads of a revision that began to be deployed then, as follow.Follow does.
	follow func(ctx context.Context, workloads []follow.Workload, began time.Time) *follow.Failure
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

// history reads the release's revisions.
func (r *rollout) history(ctx context.Context) (helm.History, error) { return r.records.All(ctx) }

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

// prepare makes the release ready for the command, as far as it can be: what cannot is said, and the command runs as it would
// without us. The error is of a release that somebody else works on, or that a takeover has left half done.
func (r *rollout) prepare(ctx context.Context) error {
	h, err := r.read(ctx)
	if err != nil {
		r.say("what an earlier deploy has left cannot be seen, and this one goes on, and is not followed: %v", err)
		r.unread = true
		return nil
	}
	if err := r.refuse(h); err != nil {
		return err
	}
	r.recoverBefore(ctx)
	return nil
}

// recoverBefore makes the release ready for the command, and takes back what hands have set. What cannot be done is said.
func (r *rollout) recoverBefore(ctx context.Context) {
	if err := r.makeReady(ctx); err != nil {
		r.say("release %s is not as it should be, and the command goes on: %v", r.release, err)
	}
	r.takeBack(context.WithoutCancel(ctx))
}

// takeUp reads what there is of the release. The error is also of one that somebody else works on, or that is a takeover's.
func (r *rollout) takeUp(ctx context.Context) (helm.History, error) {
	h, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	return h, r.refuse(h)
}

// read returns the release's revisions, once the API server answers.
func (r *rollout) read(ctx context.Context) (h helm.History, err error) {
	err = patiently(ctx, func() (err error) {
		h, err = r.history(ctx)
		return err
	})
	return h, err
}

// refuse returns an error where somebody else works on the release, or a takeover has left it half done.
func (r *rollout) refuse(h helm.History) error {
	if h.TakeoverCutOff() {
		return fmt.Errorf("release %s in %s is half taken over from hand-made manifests, by a takeover that was cut off: "+
			"run `slipway takeover` once more with this helm command, which goes back first", r.release, r.Namespace)
	}
	if h.Unfinished() {
		newest := h.Newest()
		age := r.lease.Since().Sub(newest.Made)
		if !r.lease.DiedAfter(newest.Made) && age < r.pendingTimeout() {
			return &lease.Busy{
				Release: r.release, Namespace: r.Namespace, Since: newest.Made,
				Holder: fmt.Sprintf("a helm without slipway (revision %d is %s; if you know that it has died, add --pending-timeout 0s before --)", newest.Number, newest.Info.Status),
			}
		}
	}
	r.free = true
	return nil
}

// makeReady recovers what an earlier deploy has left, and reads what there is then.
func (r *rollout) makeReady(ctx context.Context) error {
	// What is begun here is ended.
	whole := context.WithoutCancel(ctx)
	failed := patiently(whole, func() error { return r.tryRecover(whole) })
	var err error
	if r.before, err = r.read(whole); err != nil {
		r.unread = true
	}
	if live, ok := r.before.Recorded(); ok {
		r.strikeNeighbours(whole, live)
	}
	return errors.Join(failed, err)
}

// prepareToFollow looks at what is there before the command, wherever a revision of the release has its pods: none of it is
// the command's.
func (r *rollout) prepareToFollow(ctx context.Context) {
	var earlier []follow.Workload
	for _, one := range slices.Backward(r.before) {
		// One that cannot be read is no reason not to deploy.
		if of, err := workloads(one, r.Namespace); err == nil {
			earlier = append(earlier, of...)
		}
	}
	before := follow.Look(ctx, r.live.Typed, r.Namespace, earlier)
	r.follow = func(ctx context.Context, workloads []follow.Workload, began time.Time) *follow.Failure {
		return follow.Follow(ctx, follow.Options{
			Client: r.live.Typed, Workloads: workloads, Before: before, Began: began, Patience: r.options.Patience,
			Say: r.say, Screen: r.screen, Context: r.Context(),
		})
	}
}
