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
	"k8s.io/apimachinery/pkg/labels"

	"gitlab.example.com/platform/slipway/test/helm"
)

// plan is what a takeover will change.
type plan struct {
	rendered helm.Revision
	objects  []*unstructured.Unstructured // that the chart renders, in Helm's order
	record   record
	// changes of the objects that are live, in the record's order.
	changes [][]string
	// service ports that fit both sides, by namespace and name.
	ports map[string][]corev1.ServicePort
	// orphaned are Deployments whose pods do not drain, and so must not be rolled.
	orphaned []*appsv1.Deployment
	// rolled are the names of Deployments whose pods are replaced by a rollout.
	rolled   []string
	warnings []string
}

// newPlan finds out what is live of what the command makes, and what becomes of it. Nothing changes.
func (t *takeover) newPlan(ctx context.Context) (*plan, error) {
	rendered, err := t.render(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{rendered: rendered, ports: map[string][]corev1.ServicePort{}}
	if p.objects, err = rendered.Objects(); err != nil {
		return nil, err
	}
	var refused []error
	var wanted []*unstructured.Unstructured
	for _, object := range p.objects {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name(object), err)
		}
		if now == nil {
			p.record.Made = append(p.record.Made, content(&unstructured.Unstructured{Object: map[string]any{
				"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(),
				"metadata": map[string]any{"name": object.GetName(), "namespace": object.GetNamespace()},
			}}))
			continue
		}
		if err := t.mayTake(now, object); err != nil {
			refused = append(refused, err)
			continue
		}
		becomes, err := t.becomes(ctx, now, object)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		p.record.Objects = append(p.record.Objects, now)
		p.changes = append(p.changes, differences(content(now), content(becomes)))
		wanted = append(wanted, becomes)
	}
	if len(refused) > 0 {
		return nil, errors.Join(refused...)
	}
	if err := p.pods(wanted); err != nil {
		return nil, err
	}
	return p, t.warn(ctx, p)
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
	then, err := t.cluster.patch(ctx, now, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, become(now, wanted)...)
	if apierrors.IsInvalid(err) && strings.Contains(err.Error(), "field is immutable") {
		return nil, fmt.Errorf("%w; it cannot be taken over in place: the chart must render what is live there", err)
	}
	return then, err
}

// pods finds out how each Service and each Deployment gets from old pods to new ones.
func (p *plan) pods(wanted []*unstructured.Unstructured) error {
	var before, after []*appsv1.Deployment
	for i, object := range p.record.Objects {
		if object.GetKind() != "Deployment" {
			continue
		}
		was, err := typed[appsv1.Deployment](object)
		if err != nil {
			return err
		}
		will, err := typed[appsv1.Deployment](wanted[i])
		if err != nil {
			return err
		}
		before, after = append(before, was), append(after, will)
		template := func(line string) bool { return strings.HasPrefix(line[2:], "spec.template.") }
		switch {
		case !slices.ContainsFunc(p.changes[i], template):
		case drains(was.Spec.Template.Spec):
			p.rolled = append(p.rolled, was.Name)
		default:
			p.orphaned = append(p.orphaned, was)
		}
	}
	for i, object := range p.record.Objects {
		if object.GetKind() != "Service" {
			continue
		}
		was, err := typed[corev1.Service](object)
		if err != nil {
			return err
		}
		will, err := typed[corev1.Service](wanted[i])
		if err != nil {
			return err
		}
		ports := will.Spec.Ports
		for j := range before {
			if !labels.SelectorFromSet(was.Spec.Selector).Matches(labels.Set(before[j].Spec.Template.Labels)) {
				continue
			}
			if !labels.SelectorFromSet(will.Spec.Selector).Matches(labels.Set(before[j].Spec.Template.Labels)) {
				return fmt.Errorf("%s: the chart's selector %v does not find the pods that run, which are labelled %v", name(object), will.Spec.Selector, before[j].Spec.Template.Labels)
			}
			if ports, err = bothPorts(was.Spec.Ports, will.Spec.Ports, before[j].Spec.Template.Spec, after[j].Spec.Template.Spec); err != nil {
				return fmt.Errorf("%s: %w", name(object), err)
			}
		}
		p.ports[was.Namespace+"/"+was.Name] = ports
	}
	return nil
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
	fmt.Fprintf(out, "Release %s in namespace %s takes over, in place:\n", t.command.release, t.cluster.Namespace)
	for i, object := range p.record.Objects {
		fmt.Fprintf(out, "\n%s\n", name(object))
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
		if line := step.describe(); line != "" {
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
