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
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"gitlab.example.com/platform/slipway/test/rollout/follow"
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
	// LeaseDuration is how long the Lease holds without being renewed; 0 is DefaultLeaseDuration.
	LeaseDuration time.Duration
}

// Run runs the command and returns its exit code. The error is of a command that was not run: *Busy where another deploy
// of the release is running. A signal (SIGINT, SIGTERM) is passed on once, and waited for: Helm goes back if it was told to.
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
		if err := r.lease.acquire(ctx); err != nil {
			return 0, r.explainForbidden(err)
		}
		defer func() {
			if problem := r.lease.end(); problem != nil {
				r.say("the Lease %s is left, and is stale in %s: %v", r.lease.name(), r.lease.duration, problem)
			}
		}()
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

	client  kubernetes.Interface
	records records
	live    live
	lease   *lease
	// before is the release as it is when the command starts.
	before history
	// follow returns what is wrong with the workloads, as follow.Follow does.
	follow func(ctx context.Context, workloads []follow.Workload) *follow.Failure
}

// say prints a line of our own.
func (r *rollout) say(format string, args ...any) {
	fmt.Fprintf(r.stderr, "slipway: "+format+"\n", args...)
}

func (r *rollout) connect() error {
	getter := r.settings.RESTClientGetter()
	config, err := getter.ToRESTConfig()
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 50, 100
	if r.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if r.live.client, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	if r.live.mapper, err = getter.ToRESTMapper(); err != nil {
		return err
	}
	r.records = records{secrets: r.client.CoreV1().Secrets(r.namespace), release: r.release}
	r.lease = &lease{
		leases: r.client.CoordinationV1().Leases(r.namespace), release: r.release, namespace: r.namespace,
		duration: r.options.LeaseDuration, say: r.say,
	}
	if r.lease.duration == 0 {
		r.lease.duration = DefaultLeaseDuration
	}
	return nil
}

// namespaceIsThere looks for the namespace: Helm stores its release in it before it makes anything.
func (r *rollout) namespaceIsThere(ctx context.Context) (bool, error) {
	_, err := r.client.CoreV1().Namespaces().Get(ctx, r.namespace, metav1.GetOptions{})
	switch {
	case err == nil, apierrors.IsForbidden(err): // whoever may deploy need not see it
		return true, nil
	case apierrors.IsNotFound(err) && r.createNamespace:
		return false, nil
	case apierrors.IsNotFound(err):
		return false, fmt.Errorf("namespace %s must be there before the first deploy; %s", r.namespace, r.howToMakeIt())
	}
	return false, err
}

func (r *rollout) howToMakeIt() string {
	return fmt.Sprintf("an administrator makes it, here for the environment dev: "+
		"helm upgrade --install %s charts/project --namespace projects --create-namespace --set environment=dev", r.namespace)
}

// explainForbidden says what it means that the Lease is refused.
func (r *rollout) explainForbidden(err error) error {
	if !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) {
		return err
	}
	return fmt.Errorf("%w\nEither there is no namespace %s, or its charts/project is older than this slipway and grants no Lease; %s",
		err, r.namespace, r.howToMakeIt())
}

// runAlone runs a command that changes nothing.
func (r *rollout) runAlone() (int, error) {
	child, err := start(r.program.path, r.args, r.options.Stdin, r.stdout, r.stderr)
	if err != nil {
		return 0, err
	}
	for {
		select {
		case s := <-r.signals:
			child.stop(s.(syscall.Signal))
		case <-child.exited:
			return child.code(), nil
		}
	}
}

// pendingTimeout is how old a pending revision without a Lease must be.
func (r *rollout) pendingTimeout() time.Duration {
	if r.options.PendingTimeout != nil {
		return *r.options.PendingTimeout
	}
	return 2*r.timeout + 5*time.Minute
}

// recoverBefore makes the release ready for the command.
func (r *rollout) recoverBefore(ctx context.Context) error {
	// What is begun here is ended.
	whole := context.WithoutCancel(ctx)
	h, err := r.records.history(ctx)
	if err != nil {
		return err
	}
	if h.unfinished() {
		newest := h.newest()
		age := r.lease.since().Sub(newest.made)
		if !r.lease.diedAfter(newest.made) && age < r.pendingTimeout() {
			return &Busy{
				Release: r.release, Namespace: r.namespace, Since: newest.made,
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
	r.before, err = r.records.history(whole)
	return err
}

// prepareToFollow looks at what is there before the command: none of it is the command's.
func (r *rollout) prepareToFollow(ctx context.Context) error {
	before, err := follow.Look(ctx, r.client, r.namespace)
	if err != nil {
		return err
	}
	r.follow = func(ctx context.Context, workloads []follow.Workload) *follow.Failure {
		return follow.Follow(ctx, follow.Options{
			Client: r.client, Workloads: workloads, Before: before, Screen: r.screen, Context: r.settings.KubeContext,
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
	if plan.uninstall {
		if err := r.refuseAdopted(ctx, h.newest()); err != nil {
			return err
		}
		if err := r.program.uninstall(r.release); err != nil {
			return err
		}
		return r.removeLeftovers(ctx, h)
	}
	for _, one := range plan.forget {
		if err := r.records.forget(ctx, one); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("remove the record of revision %d: %w", one.Number, err)
		}
	}
	if err := r.rollback(ctx, plan.rollback); err != nil {
		return err
	}
	return r.removeLeftovers(ctx, h)
}

func (r *rollout) rollback(ctx context.Context, revision int) error {
	earlier, err := r.records.history(ctx)
	if err != nil {
		return err
	}
	return r.program.rollback(r.release, revision, func() error {
		now, err := r.records.history(ctx)
		if err != nil {
			return err
		}
		for _, one := range now {
			if one.Number > earlier.last() {
				err = errors.Join(err, r.records.forget(ctx, one))
			}
		}
		return err
	})
}

// refuseAdopted refuses to uninstall a first install that has taken objects over which were there before: they would go.
func (r *rollout) refuseAdopted(ctx context.Context, first revision) error {
	manifest, err := first.objects(r.namespace)
	if err != nil {
		return err
	}
	for _, o := range manifest {
		found, err := r.live.get(ctx, o)
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		if found != nil && found.GetCreationTimestamp().Time.Before(first.made) {
			return fmt.Errorf("%s was there before release %s, which was cut off while it took it over, and would be deleted with it; "+
				"to keep it, delete the Secret %s, and run the command again with --take-ownership", o, r.release, first.secret)
		}
	}
	return nil
}

// removeLeftovers removes the objects of the revisions in h that the release does not hold any more. Helm 3 leaves those
// of a revision that is not the newest one; both leave what they were just making when they were told to stop.
func (r *rollout) removeLeftovers(ctx context.Context, h history) error {
	now, err := r.records.history(ctx)
	if err != nil {
		return err
	}
	var gone, stays []object
	for _, one := range h {
		of, err := one.objects(r.namespace)
		if err != nil {
			return err
		}
		gone = append(gone, of...)
	}
	if len(now) > 0 {
		// Hooks are not in the manifest, and their objects may stay.
		if stays, err = now.newest().objects(r.namespace); err != nil {
			return err
		}
	}
	left, err := r.live.leftovers(ctx, r.release, r.namespace, gone, stays)
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
