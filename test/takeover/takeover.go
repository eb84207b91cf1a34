// Package takeover brings objects that were applied by hand under a chart, in place and under load. `helm upgrade
// --take-ownership` alone leaves in them what the chart does not have (Helm 3), or refuses (Helm 4), and deletes them if it
// fails. Here Helm gets a first revision with the objects as they are, from which both Helms remove what the chart lacks, and
// what happens to Service, Ingress and pods meanwhile is done in an order in which no request is lost.
package takeover

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/lease"
)

// DefaultSettle is how long proxies get to learn of a change: kube-proxy reads at most once a second, ingress controllers
// every two to three.
const DefaultSettle = 5 * time.Second

// lookTimeout bounds the look at what a takeover leaves.
const lookTimeout = 10 * time.Second

// Options of Run.
type Options struct {
	// Command is the helm command line that is used from now on, program first: helm upgrade --install NAME CHART …
	Command []string
	// Yes goes ahead without asking.
	Yes bool
	// Answer is where a person says yes; nil if nobody is there.
	Answer io.Reader
	// Settle is how long proxies and ingress controllers get to learn of a change; they do not say when they have.
	Settle time.Duration
	// LeaseDuration is how long the release's Lease holds without being renewed; 0 is lease.DefaultDuration.
	LeaseDuration time.Duration
	// Out is where the plan and the command's own output go, Progress what happens, and Helm's warnings.
	Out, Progress io.Writer
}

// FailedError is a takeover that has begun and failed. What it says includes what is live now.
type FailedError struct{ err error }

func (e *FailedError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *FailedError) Unwrap() error { return e.err }

type takeover struct {
	Options
	command command
	helm    *helm.Program
	cluster *cluster
	records helm.Records
	// lease is the release's, nil until something is to be changed.
	lease *lease.Lease
}

// Run takes over what is live of what the command makes: it shows what changes, asks, and does it. Where that fails it makes
// live what was live before. On a release that is taken over already it does nothing.
//
// A *FailedError has changed something; after any other error everything is as it was. It is a *lease.Busy where another
// takeover of the release, or a deploy by slipway, is running; and a *lease.Lost where another one has taken the release over
// meanwhile, and what is live is its own.
func Run(ctx context.Context, o Options) error {
	t := &takeover{Options: o}
	if err := t.connect(ctx); err != nil {
		return err
	}
	err := t.run(ctx)
	if lost := t.lease.Err(); lost != nil {
		return lost
	}
	return err
}

func (t *takeover) run(ctx context.Context) error {
	all, err := t.records.All(ctx)
	if err != nil {
		return err
	}
	defer t.letGo()
	if all.TakeoverCutOff() {
		// Unless somebody is at it.
		if all, err = t.hold(ctx); err != nil {
			return err
		}
	}
	last, found := all.Recorded()
	if all.TakeoverCutOff() {
		if err := t.undoEarlier(ctx, all); err != nil {
			return err
		}
		found = false
	}
	p, err := t.newPlan(ctx)
	if err != nil {
		return err
	}
	switch {
	case found:
		return t.already(p, last)
	case len(p.record.Objects) == 0:
		return fmt.Errorf("nothing that the chart renders is live in namespace %s: there is nothing to take over, and the helm command itself installs it", t.cluster.Namespace)
	}
	if err := t.complete(ctx, p); err != nil {
		return err
	}
	p.print(t.Out, t)
	if err := t.requireRights(ctx, p); err != nil {
		return err
	}
	if err := t.agreed("take over"); err != nil {
		return err
	}
	meanwhile, err := t.hold(ctx)
	if err != nil {
		return err
	}
	if len(meanwhile) > 0 {
		newest := meanwhile[len(meanwhile)-1]
		return fmt.Errorf("nothing was changed: since the plan was made somebody has deployed release %s (revision %d of chart %s, %s)",
			t.command.release, newest.Number, newest.Chart.Metadata.Name, newest.Info.Status)
	}
	return t.carryOut(ctx, p)
}

// hold takes the release's Lease, if that is not held yet, and returns the revisions, which nobody changes from then on.
func (t *takeover) hold(ctx context.Context) (helm.History, error) {
	if t.lease == nil {
		held, err := lease.Acquire(ctx, lease.Options{
			Client: t.cluster.Typed, Release: t.command.release, Namespace: t.cluster.Namespace, Duration: t.LeaseDuration, Say: t.say,
		})
		if err != nil {
			return nil, err
		}
		t.lease = held
		// All that writes, from here on: helm, and we.
		t.helm.Guard = func(p *helm.Process) func() { return held.Guard(p) }
		guarded, err := t.cluster.Guarded(held.Leave)
		if err != nil {
			return nil, err
		}
		t.cluster, t.records = &cluster{guarded}, guarded.Records(t.command.release)
	}
	return t.records.All(ctx)
}

// letGo gives the Lease back, if it is held. What the next deploy knows by it, of one that died, it goes on knowing.
func (t *takeover) letGo() {
	if t.lease == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	if h, err := t.records.All(ctx); err == nil && h.Unfinished() && t.lease.DiedAfter(h.Newest().Made) {
		t.lease.EndUnfinished()
		return
	}
	t.lease.End()
}

// connect reads the command, and reaches the cluster that it is for.
func (t *takeover) connect(ctx context.Context) error {
	command, err := parse(t.Command)
	if err != nil {
		return err
	}
	t.command = command
	if t.helm, err = command.Find(ctx); err != nil {
		return err
	}
	reached, err := command.Connect()
	if err != nil {
		return err
	}
	t.cluster, t.records = &cluster{reached}, reached.Records(command.release)
	return nil
}

// owner is the release, as NAMESPACE/NAME.
func (t *takeover) owner() string { return t.cluster.Namespace + "/" + t.command.release }

// already says that a release is there: if all that is live belongs to it, nothing is to be done.
func (t *takeover) already(p *plan, last helm.Revision) error {
	release := fmt.Sprintf("release %s (revision %d of chart %s, %s)", t.command.release, last.Number, last.Chart.Metadata.Name, last.Info.Status)
	for _, object := range p.record.Objects {
		if helm.Owner(object) == "" {
			return fmt.Errorf("%s is there, and %s does not belong to it: only a release that is not there yet can take over. "+
				"If it never made anything live, remove its record: kubectl delete secret --namespace %s --selector owner=helm,name=%s",
				release, name(object), t.cluster.Namespace, t.command.release)
		}
	}
	if last.Info.Status != helm.Deployed {
		return fmt.Errorf("%s was never deployed: see helm history %s --namespace %s", release, t.command.release, t.cluster.Namespace)
	}
	fmt.Fprintf(t.Out, "%s has all of it already: there is nothing to take over\n", release)
	return nil
}

// undoEarlier undoes a takeover that was cut off.
func (t *takeover) undoEarlier(ctx context.Context, all helm.History) error {
	was, err := recorded(all)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "An earlier takeover was cut off. First what was live before it is put back.\n\n")
	if err := t.agreed("go back"); err != nil {
		return err
	}
	if err := t.undo(ctx, &plan{record: was}); err != nil {
		return &FailedError{fmt.Errorf("go back to the hand-made objects: %w", err)}
	}
	return nil
}

// agreed asks, and returns an error unless the answer is yes.
func (t *takeover) agreed(what string) error {
	if t.Yes {
		return nil
	}
	if t.Answer == nil {
		return errors.New("nothing was changed: there is no terminal to ask on, and --yes goes ahead")
	}
	fmt.Fprintf(t.Out, "Go ahead and %s? [y/N] ", what)
	answer, err := bufio.NewReader(t.Answer).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// carryOut does what the plan says, and goes back if that fails.
func (t *takeover) carryOut(ctx context.Context, p *plan) error {
	failed := t.do(ctx, p)
	if t.lease.Err() != nil {
		return failed // there is no way back beside another's deploy
	}
	if failed == nil {
		if err := t.requireTaken(ctx); err != nil {
			return &FailedError{err}
		}
		t.say("taken over")
		return nil
	}
	// The user may have interrupted: the way back is gone to its end.
	back := context.WithoutCancel(ctx)
	// Helm records a revision before it changes anything. Without one of ours the release, if there is any, is somebody else's.
	if all, err := t.records.All(back); err == nil && !slices.ContainsFunc(all, helm.Revision.OnTheWay) {
		return fmt.Errorf("nothing was changed: %w", failed)
	}
	reasons := t.reasons(back, p)
	t.say("that failed: going back to the hand-made objects")
	if err := t.undo(back, p); err != nil {
		return &FailedError{fmt.Errorf("the takeover failed, and so did the way back, which the same command tries again: %w\nthe takeover's own failure: %w%s", err, failed, reasons)}
	}
	return &FailedError{fmt.Errorf("the takeover failed; what was live before is live again, and the release is forgotten: %w%s", failed, reasons)}
}

// step is one thing that a takeover does. To undo it there is what was recorded and what is live, and nothing else: whoever
// did it may have been killed before it, after it or in its middle. It does not rely on Helm's rollback, which knows neither of
// pods that nothing controls nor of proxies that must learn, and may have been killed itself.
type step interface {
	// describe says what it will do, for people, in a sentence or two for each object; nothing if there is nothing to do.
	describe() []string
	do(ctx context.Context) error
	undo(ctx context.Context) error
}

// steps of a takeover, in their order. Each is told in a file of its own.
func (t *takeover) steps(p *plan) []step {
	return []step{
		recordObjects{t, p}, disownEarly{disownObjects{t, p}}, orphanPods{t, p}, bridgeServices{t, p},
		applyChart{t, p}, retirePods{t, p}, disownObjects{t, p}, runCommand{t, p},
	}
}

// do does all steps, up to the first that fails, or before which the Lease is another's.
func (t *takeover) do(ctx context.Context, p *plan) error {
	for _, s := range t.steps(p) {
		if err := t.lease.Err(); err != nil {
			return err
		}
		if err := s.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// undo undoes all steps, the last first, wherever the takeover has stopped.
func (t *takeover) undo(ctx context.Context, p *plan) error {
	for _, s := range slices.Backward(t.steps(p)) {
		if err := t.lease.Err(); err != nil {
			return err
		}
		if err := s.undo(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settle gives proxies time to learn of a change: there is nothing that says when all of them have.
func (t *takeover) settle(ctx context.Context) error {
	select {
	case <-time.After(t.Settle):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// say tells what happens.
func (t *takeover) say(format string, arguments ...any) {
	fmt.Fprintf(t.Progress, "takeover: "+format+"\n", arguments...)
}
