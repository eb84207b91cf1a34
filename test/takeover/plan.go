package takeover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
)

// plan is what a takeover will change.
type plan struct {
	rendered helm.Revision
	objects  []*unstructured.Unstructured // that the chart renders, in Helm's order
	record   record
	// becomes are the record's objects as they will be, and changes the fields in which they differ, in its order.
	becomes     []*unstructured.Unstructured
	changes     [][]string
	deployments []*deployment
	services    []*service
	// unaddressed are the Services for whose address Helm would wait.
	unaddressed []string
	warnings    []string
}

// newPlan finds out what is live of what the command makes, and what becomes of it. Nothing changes.
func (t *takeover) newPlan(ctx context.Context) (*plan, error) {
	rendered, err := t.render(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{rendered: rendered}
	if p.objects, err = rendered.Objects(); err != nil {
		return nil, err
	}
	refused, err := t.hookNeighbours(ctx, rendered)
	if err != nil {
		return nil, err
	}
	for _, object := range p.objects {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name(object), err)
		}
		if now != nil {
			refused = append(refused, t.take(ctx, p, now, object))
			continue
		}
		p.record.Made = append(p.record.Made, content(&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(),
			"metadata": map[string]any{"name": object.GetName(), "namespace": object.GetNamespace()},
		}}))
	}
	return p, errors.Join(refused...)
}

// take plans one object that is live: what becomes of it, or why it is not to be taken.
func (t *takeover) take(ctx context.Context, p *plan, now, object *unstructured.Unstructured) error {
	if err := t.mayTake(now, object); err != nil {
		return err
	}
	becomes, err := t.becomes(ctx, now, object)
	if err != nil {
		return err
	}
	p.record.Objects = append(p.record.Objects, now)
	p.becomes = append(p.becomes, becomes)
	p.changes = append(p.changes, differences(content(now), content(becomes)))
	return nil
}

// hookNeighbours refuses hooks that would replace what belongs to others.
func (t *takeover) hookNeighbours(ctx context.Context, rendered helm.Revision) (refused []error, err error) {
	hooks, err := rendered.HookObjects()
	if err != nil {
		return nil, err
	}
	found, unseen := t.cluster.HookNeighbours(ctx, t.command.release, hooks, nil)
	for _, err := range unseen {
		t.say("cannot see whether there is what a hook would replace: %v", err)
	}
	for _, n := range found {
		refused = append(refused, fmt.Errorf("%s, and a hook of the chart has its name, for which Helm would delete it: give the hook another name", n))
	}
	return refused, nil
}

// mayTake refuses an object that is not to be taken.
func (t *takeover) mayTake(now, wanted *unstructured.Unstructured) error {
	if other := helm.Owner(now); other != "" && other != t.owner() {
		namespace, release, _ := strings.Cut(other, "/")
		return fmt.Errorf("%s belongs to the Helm release %s in namespace %s: it is taken over only from hand-made manifests", name(now), release, namespace)
	}
	if controller := metav1.GetControllerOf(now); controller != nil {
		return fmt.Errorf("%s is made by %s/%s, which would make it again", name(now), controller.Kind, controller.Name)
	}
	if class, found, _ := unstructured.NestedString(now.Object, "spec", "ingressClassName"); found && now.GetKind() == "Ingress" {
		// A class that the API server gives by default is given when an Ingress is made, and never again.
		if _, named, _ := unstructured.NestedString(wanted.Object, "spec", "ingressClassName"); !named {
			return fmt.Errorf("%s is of class %s, and the chart names none, so that no controller would serve it: set ingress.className: %[2]s", name(now), class)
		}
	}
	return nil
}

// becomes asks the API server what a live object would be if it said what another one does.
func (t *takeover) becomes(ctx context.Context, now, wanted *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	wanted = owned(wanted, t.command.release, t.cluster.Namespace)
	if is(now, "", "Service") {
		var err error
		if wanted, err = keep(wanted, now); err != nil {
			return nil, err
		}
	}
	if is(now, "apps", "Deployment") {
		was, err := typed[appsv1.Deployment](now)
		if err != nil {
			return nil, err
		}
		if will, err := typed[appsv1.Deployment](wanted); err != nil || was.Name != will.Name || !sameSelector(was, will) {
			return t.wouldBe(ctx, wanted, err)
		}
	}
	then, err := t.cluster.patch(ctx, now, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, become(now, wanted)...)
	if apierrors.IsInvalid(err) && (strings.Contains(err.Error(), "field is immutable") || strings.Contains(err.Error(), "may not change once set")) {
		return nil, fmt.Errorf("%w; it cannot be taken over in place: the chart must render what is live there", err)
	}
	return then, err
}

// wouldBe asks the API server what an object would be that is made in place of a live one.
func (t *takeover) wouldBe(ctx context.Context, wanted *unstructured.Unstructured, err error) (*unstructured.Unstructured, error) {
	if err != nil {
		return nil, err
	}
	beside := wanted.DeepCopy()
	api, err := t.cluster.Resource(beside)
	if err != nil {
		return nil, err
	}
	beside.SetName("")
	beside.SetGenerateName("slipway-takeover-")
	made, err := api.Create(ctx, beside, metav1.CreateOptions{FieldManager: manager, DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name(wanted), err)
	}
	made.SetGenerateName("")
	made.SetName(wanted.GetName())
	return made, nil
}

// complete finds out how each Service and each Deployment gets from old pods to new ones.
func (t *takeover) complete(ctx context.Context, p *plan) error {
	rendered, err := servicesOf(p.objects)
	if err != nil {
		return err
	}
	around := map[string]*neighbours{}
	for _, object := range p.objects {
		if _, seen := around[object.GetNamespace()]; seen || !is(object, "", "Service") && !is(object, "apps", "Deployment") {
			continue
		}
		if around[object.GetNamespace()], err = t.neighbours(ctx, object.GetNamespace()); err != nil {
			return err
		}
	}
	if err := t.takePredecessors(ctx, p, rendered, around); err != nil {
		return err
	}
	var refused []error
	changed := map[*deployment]bool{}
	for i, object := range p.record.Objects {
		if !is(object, "apps", "Deployment") {
			continue
		}
		d := &deployment{}
		if d.was, err = typed[appsv1.Deployment](object); err != nil {
			return err
		}
		if d.will, err = typed[appsv1.Deployment](p.becomes[i]); err != nil {
			return err
		}
		p.deployments = append(p.deployments, d)
		changed[d] = slices.ContainsFunc(p.changes[i], func(line string) bool { return strings.HasPrefix(line[2:], "spec.template.") })
	}
	for i, object := range p.record.Objects {
		if !is(object, "", "Service") {
			continue
		}
		s, err := t.planService(p, object, p.becomes[i], rendered)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		p.services = append(p.services, s)
	}
	for _, d := range p.deployments {
		d.decide(around[d.was.Namespace].services, p.services, changed[d])
	}
	for namespace, n := range around {
		here := slices.DeleteFunc(slices.Clone(p.deployments), func(d *deployment) bool { return d.was.Namespace != namespace })
		its := slices.DeleteFunc(slices.Clone(rendered), func(s *corev1.Service) bool { return s.Namespace != namespace })
		refused = append(refused, n.refuse(here, its))
	}
	if err := errors.Join(refused...); err != nil {
		return err
	}
	p.record.Replaced = p.replacements()
	p.unaddressed = t.unaddressed(p)
	return t.warn(ctx, p)
}

// takePredecessors takes what serves in place of the chart's Deployments under other names.
func (t *takeover) takePredecessors(ctx context.Context, p *plan, rendered []*corev1.Service, around map[string]*neighbours) error {
	var refused []error
	for _, object := range p.objects {
		isLive := slices.ContainsFunc(p.record.Objects, func(live *unstructured.Unstructured) bool { return same(live, object) })
		if !is(object, "apps", "Deployment") || isLive {
			continue
		}
		will, err := typed[appsv1.Deployment](object)
		if err != nil {
			return err
		}
		was := around[object.GetNamespace()].predecessor(will, rendered)
		if was == nil || slices.ContainsFunc(p.objects, func(o *unstructured.Unstructured) bool {
			return is(o, "apps", "Deployment") && o.GetNamespace() == was.Namespace && o.GetName() == was.Name
		}) {
			continue
		}
		asked := object.DeepCopy()
		asked.SetName(was.Name)
		now, err := t.cluster.Get(ctx, asked)
		if err != nil {
			return err
		}
		if now == nil { // since a moment
			return fmt.Errorf("%s has just been deleted: try again", "Deployment/"+was.Name)
		}
		refused = append(refused, t.take(ctx, p, now, object))
	}
	return errors.Join(refused...)
}

func (t *takeover) planService(p *plan, now, becomes *unstructured.Unstructured, rendered []*corev1.Service) (*service, error) {
	was, err := typed[corev1.Service](now)
	if err != nil {
		return nil, err
	}
	will, err := typed[corev1.Service](becomes)
	if err != nil {
		return nil, err
	}
	chart := rendered[slices.IndexFunc(rendered, func(s *corev1.Service) bool { return s.Name == was.Name && s.Namespace == was.Namespace })]
	s, err := newService(was, will, chart, p.deployments)
	if err != nil {
		return nil, err
	}
	p.warnings = append(p.warnings, s.warnings(will)...)
	return s, nil
}

// warn looks for what the chart's pods and Ingresses need and nothing in the chart makes.
func (t *takeover) warn(ctx context.Context, p *plan) error {
	need := map[string]string{}
	for _, object := range p.objects {
		switch object.GetKind() {
		case "Ingress":
			ingress, err := typed[networkingv1.Ingress](object)
			if err != nil {
				return err
			}
			for _, tls := range ingress.Spec.TLS {
				need[tls.SecretName] = "until something makes it, such as cert-manager, the Ingress answers with another certificate"
			}
		case "Deployment":
			d, err := typed[appsv1.Deployment](object)
			if err != nil {
				return err
			}
			for _, secret := range d.Spec.Template.Spec.ImagePullSecrets {
				need[secret.Name] = "images are pulled without it"
			}
		}
	}
	for secret, why := range need {
		_, err := t.cluster.Typed.CoreV1().Secrets(t.cluster.Namespace).Get(ctx, secret, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			p.warnings = append(p.warnings, fmt.Sprintf("Secret/%s is not there: %s", secret, why))
		} else if err != nil {
			return err
		}
	}
	slices.Sort(p.warnings)
	for i, object := range p.record.Objects {
		if object.GetKind() != "Service" {
			continue
		}
		for _, line := range p.changes[i] {
			if strings.HasPrefix(line, "- spec.ports[") && !strings.Contains(line, "].") {
				p.warnings = append(p.warnings, name(object)+" loses a port at the end, for whoever calls it there: "+strings.TrimPrefix(line, "- "))
			}
		}
	}
	return nil
}

// print shows what changes, and how.
func (p *plan) print(out io.Writer, t *takeover) {
	fmt.Fprintf(out, "Release %s in namespace %s takes over:\n", t.command.release, t.cluster.Namespace)
	for i, object := range p.record.Objects {
		fmt.Fprintf(out, "\n%s: %s\n", name(object), p.fate(i))
		for _, line := range p.changes[i] {
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
	if len(p.record.Made) > 0 {
		fmt.Fprint(out, "\nThe chart adds:\n\n")
		for _, object := range p.record.Made {
			fmt.Fprintf(out, "  %s\n", name(object))
		}
	}
	fmt.Fprint(out, "\nSteps:\n\n")
	told := 0
	for _, step := range t.steps(p) {
		for _, line := range step.describe() {
			told++
			fmt.Fprintf(out, "  %d. %s\n", told, line)
		}
	}
	fmt.Fprint(out, "\nIf one of them fails, all that is live becomes what it was, and the release is forgotten.\n")
	for _, warning := range p.warnings {
		fmt.Fprintf(out, "\nwarning: %s\n", warning)
	}
	fmt.Fprintln(out)
}

// fate says in a few words what happens to an object of the record.
func (p *plan) fate(i int) string {
	object := p.record.Objects[i]
	for _, d := range p.deployments {
		if !is(object, "apps", "Deployment") || object.GetName() != d.was.Name || object.GetNamespace() != d.was.Namespace {
			continue
		}
		switch pods := d.was.Status.Replicas; d.way {
		case roll:
			if d.recreate {
				return fmt.Sprintf("changed in place, its %d pods end before the new ones begin (Recreate)", pods)
			}
			return fmt.Sprintf("changed in place, its %d pods are replaced in a rollout", pods)
		case leave:
			return fmt.Sprintf("replaced by Deployment/%s, its %d pods serve until the new ones are ready", d.will.Name, pods)
		case stop:
			return fmt.Sprintf("replaced by Deployment/%s, its %d pods end before the new ones begin (Recreate)", d.will.Name, pods)
		}
	}
	switch {
	case len(p.changes[i]) == 0:
		return "kept as it is"
	case is(object, "apps", "Deployment"):
		return "changed in place, no pod restarts"
	default:
		return "changed in place"
	}
}
