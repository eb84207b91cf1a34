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
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/lease"
)

// DefaultSettle is how long proxies get to learn of a change: kube-proxy reads at most once a second, ingress controllers
// every two to three.
const DefaultSettle = 5 * time.Second

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
	last, recorded := all.Recorded()
	if all.TakeoverCutOff() {
		if err := t.undo(ctx, all); err != nil {
			return err
		}
		recorded = false
	}
	p, err := t.newPlan(ctx)
	if err != nil {
		return err
	}
	switch {
	case recorded:
		return t.already(p, last)
	case len(p.backup.Objects) == 0:
		return fmt.Errorf("nothing that the chart renders is live in namespace %s: there is nothing to take over, and the helm command itself installs it", t.cluster.Namespace)
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

// letGo removes the Lease, if it is held.
func (t *takeover) letGo() {
	if t.lease != nil {
		t.lease.End()
	}
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
	for _, object := range p.backup.Objects {
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

// undo takes back a takeover that was cut off.
func (t *takeover) undo(ctx context.Context, all helm.History) error {
	was, err := saved(all)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "An earlier takeover was cut off. First what was live before it is put back.\n\n")
	if err := t.agreed("go back"); err != nil {
		return err
	}
	if err := t.goBack(ctx, was); err != nil {
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
	failed := t.steps(ctx, p)
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
	if err := t.goBack(back, p.backup); err != nil {
		return &FailedError{fmt.Errorf("the takeover failed, and so did the way back, which the same command tries again: %w\nthe takeover's own failure: %w%s", err, failed, reasons)}
	}
	return &FailedError{fmt.Errorf("the takeover failed; what was live before is live again, and the release is forgotten: %w%s", failed, reasons)}
}

func (t *takeover) steps(ctx context.Context, p *plan) error {
	folder, err := os.MkdirTemp("", "slipway-takeover-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := t.record(ctx, folder, p); err != nil {
		return err
	}
	for _, object := range p.backup.Objects {
		if ports, ok := p.ports[object.GetNamespace()+"/"+object.GetName()]; ok && object.GetKind() == "Service" {
			t.say("%s: ports for old and new pods", name(object))
			if err := t.reshape(ctx, object.GetNamespace(), object.GetName(), ports); err != nil {
				return err
			}
		}
	}
	if t.helm.Major == 4 {
		// What another manager owns too, Helm 4 does not remove.
		if err := t.disown(ctx, p); err != nil {
			return err
		}
	}
	for _, d := range p.orphaned {
		t.say("Deployment/%s: deleted without its pods", d.Name)
		if err := t.orphan(ctx, d); err != nil {
			return err
		}
	}
	if err := t.applyBetween(ctx, folder, p); err != nil {
		return err
	}
	for _, d := range p.orphaned {
		if err := t.replace(ctx, d); err != nil {
			return err
		}
	}
	if err := t.disown(ctx, p); err != nil {
		return err
	}
	// Ingress controllers must have learnt of the new Ingress before the old one's port goes.
	if err := t.settle(ctx); err != nil {
		return err
	}
	t.say("+ %s %s", t.command.Program, strings.Join(t.lastArguments(), " "))
	return t.helm.Stream(ctx, t.Out, t.Progress, t.lastArguments()...)
}

// lastArguments are those of the command itself. Its hooks have run by then.
func (t *takeover) lastArguments() []string { return t.command.with("--wait", "--no-hooks") }

// record makes the first revision: the objects as they are.
func (t *takeover) record(ctx context.Context, folder string, p *plan) error {
	t.say("recording the objects as they are")
	chart := filepath.Join(folder, helm.HandMadeChart)
	if err := writeHandMade(chart, p.backup); err != nil {
		return err
	}
	flags := []string{"--take-ownership"}
	if t.helm.Major == 4 {
		// The label that Helm adds may have been somebody else's.
		flags = append(flags, "--force-conflicts")
	}
	return t.upgrade(ctx, chart, flags...)
}

// applyBetween makes the second revision: what the chart renders, and ports that fit what was there too.
func (t *takeover) applyBetween(ctx context.Context, folder string, p *plan) error {
	t.say("applying what the chart renders, and waiting for its pods")
	objects, hooks, err := p.between()
	if err != nil {
		return err
	}
	text, err := manifest(objects)
	if err != nil {
		return err
	}
	chart := filepath.Join(folder, helm.BetweenChart)
	if err := writeChart(chart, helm.BetweenChart, map[string][]byte{"objects.yaml": append(text, hooks...)}); err != nil {
		return err
	}
	return t.upgrade(ctx, chart, "--wait", "--timeout="+t.command.Timeout.String())
}

// replace ends the old pods of a Deployment, once proxies know the new ones.
func (t *takeover) replace(ctx context.Context, d *appsv1.Deployment) error {
	if err := t.rolledOut(ctx, d.Namespace, d.Name); err != nil {
		return err
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	t.say("Deployment/%s: the old pods leave", d.Name)
	return t.retire(ctx, d)
}

// disown takes from the objects what kubectl has noted in them: whose fields are whose, and the last manifest. A field that
// has an owner beside Helm is not removed by Helm 4, and stands in its way for ever.
func (t *takeover) disown(ctx context.Context, p *plan) error {
	for _, object := range p.backup.Objects {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil {
			continue
		}
		hands, kept := hands(now.GetManagedFields())
		for _, entry := range hands {
			if entry.Manager == "helm" {
				kept = append(kept, entry)
			}
		}
		operations := []operation{{"add", "/metadata/managedFields", kept}}
		if _, noted := now.GetAnnotations()[lastApplied]; noted {
			operations = append(operations, operation{"add", "/metadata/annotations", withoutAnnotation(now, lastApplied).GetAnnotations()})
		}
		if _, err := t.cluster.patch(ctx, now, metav1.PatchOptions{}, operations...); err != nil {
			return err
		}
	}
	return nil
}

// requireTaken fails, with what differs, unless all that is live is what Helm has recorded.
func (t *takeover) requireTaken(ctx context.Context) error {
	all, err := t.records.All(ctx)
	if err != nil {
		return err
	}
	last, _ := all.Recorded()
	objects, err := last.Objects()
	if err != nil {
		return err
	}
	var wrong []error
	for _, object := range objects {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil {
			wrong = append(wrong, fmt.Errorf("%s is not there", name(object)))
			continue
		}
		wanted, err := t.becomes(ctx, now, object)
		if err != nil {
			return err
		}
		if found := differences(content(now), content(wanted)); len(found) > 0 {
			wrong = append(wrong, fmt.Errorf("%s is live with what the chart does not have:\n  %s", name(object), strings.Join(found, "\n  ")))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the release is deployed, but not all is what the chart says: %w", errors.Join(wrong...))
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

// reasons returns why pods of the chart's Deployments are not ready, a line each.
func (t *takeover) reasons(ctx context.Context, p *plan) string {
	var lines strings.Builder
	for _, object := range p.objects {
		if object.GetKind() != "Deployment" {
			continue
		}
		selector, _, _ := unstructured.NestedStringMap(object.Object, "spec", "selector", "matchLabels")
		pods, err := t.cluster.Typed.CoreV1().Pods(object.GetNamespace()).List(ctx, metav1.ListOptions{
			LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: selector}),
		})
		if err != nil {
			return "\n" + err.Error()
		}
		for _, pod := range pods.Items {
			for _, status := range pod.Status.ContainerStatuses {
				if why := reason(status); why != "" {
					fmt.Fprintf(&lines, "\nPod/%s, container %s: %s", pod.Name, status.Name, why)
				}
			}
		}
	}
	return lines.String()
}

// reason returns why a container is not ready, as Kubernetes says it; empty if it is.
func reason(status corev1.ContainerStatus) string {
	switch {
	case status.Ready:
		return ""
	case status.State.Waiting != nil:
		return strings.TrimSpace(status.State.Waiting.Reason + " " + status.State.Waiting.Message)
	case status.State.Terminated != nil:
		return fmt.Sprintf("%s, exit code %d", status.State.Terminated.Reason, status.State.Terminated.ExitCode)
	default:
		return "it runs and is not ready"
	}
}
