package takeover

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"gitlab.example.com/platform/slipway/test/helm"
)

// applyChart makes the second revision: what the chart renders, and ports that fit what was there too.
type applyChart struct {
	*takeover
	plan *plan
}

func (s applyChart) describe() []string {
	text := "Helm applies what the chart renders (chart " + helm.BetweenChart + "), and waits."
	if len(s.plan.unaddressed) > 0 {
		text = "Helm applies what the chart renders (chart " + helm.BetweenChart + "). Pods are waited for; not the address of " +
			strings.Join(s.plan.unaddressed, ", ") + ", which has none yet: where the cluster gives none, helm --wait waits for it until its timeout, in each deploy."
	}
	for _, d := range s.plan.deployments {
		switch d.way {
		case roll:
			text += " The pods of Deployment/" + d.was.Name + " are replaced in a rollout."
		case leave:
			text += " Deployment/" + d.will.Name + " is made anew, with pods of its own beside the old ones: there must be room for both."
		case stop:
			text += " Deployment/" + d.will.Name + " is made anew."
		}
	}
	return []string{text}
}

func (s applyChart) do(ctx context.Context) error {
	s.say("applying what the chart renders, and waiting for its pods")
	objects, hooks, err := s.plan.between()
	if err != nil {
		return err
	}
	text, err := manifest(objects)
	if err != nil {
		return err
	}
	files := map[string][]byte{objectsFile: append(text, hooks...)}
	if len(s.plan.unaddressed) == 0 {
		return s.revise(ctx, helm.BetweenChart, files, "--wait", "--timeout="+s.command.Timeout.String())
	}
	if err := s.revise(ctx, helm.BetweenChart, files, "--timeout="+s.command.Timeout.String()); err != nil {
		return err
	}
	s.say("not waiting for an address of %s: it has none yet", strings.Join(s.plan.unaddressed, ", "))
	for _, object := range s.plan.objects {
		if !is(object, "apps", "Deployment") {
			continue
		}
		if err := s.rolledOut(ctx, s.command.Timeout, object.GetNamespace(), object.GetName()); err != nil {
			return err
		}
	}
	return nil
}

// undo puts back what neither a Service nor a replaced Deployment is: first what pods use, then pods, and then Ingresses, while
// the Service has the ports of both. The chart's Deployments leave their pods to serve until the old ones do.
func (s applyChart) undo(ctx context.Context) error {
	var first, deployments, ingresses []*unstructured.Unstructured
	for _, object := range s.plan.record.Objects {
		switch {
		case is(object, "", "Service"):
		case is(object, "apps", "Deployment"):
			if _, replaced := s.plan.record.replacement(object); !replaced {
				deployments = append(deployments, object)
			}
		case is(object, "networking.k8s.io", "Ingress"):
			ingresses = append(ingresses, object)
		default:
			first = append(first, object)
		}
	}
	for _, object := range first {
		if err := s.putBack(ctx, object); err != nil {
			return err
		}
	}
	for _, object := range deployments {
		if err := s.putDeploymentBack(ctx, object); err != nil {
			return err
		}
	}
	for _, object := range s.plan.record.Objects {
		if r, replaced := s.plan.record.replacement(object); replaced {
			if err := s.leaveSuccessor(ctx, object, r); err != nil {
				return err
			}
		}
	}
	for _, object := range ingresses {
		if err := s.putBack(ctx, object); err != nil {
			return err
		}
	}
	return s.settle(ctx)
}

// leaveSuccessor deletes the Deployment of the chart's that was made in place of one of the record, without its pods.
func (s applyChart) leaveSuccessor(ctx context.Context, object *unstructured.Unstructured, r replacement) error {
	now, err := s.cluster.Typed.AppsV1().Deployments(r.Namespace).Get(ctx, r.Successor, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if now.UID == object.GetUID() || helm.Owner(now) != s.owner() {
		return nil // it was never made, or is gone already, or by now another release's
	}
	if r.Stop {
		return s.stop(ctx, now)
	}
	if err := s.mark(ctx, now, string(object.GetUID())); err != nil {
		return err
	}
	return s.orphan(ctx, now)
}

// between returns the objects of the revision that serves old and new pods at once: those of the chart, and its hooks, which
// are to run before the pods are new.
func (p *plan) between() ([]*unstructured.Unstructured, string, error) {
	var objects []*unstructured.Unstructured
	for _, object := range p.objects {
		for _, s := range p.services {
			if !is(object, "", "Service") || object.GetName() != s.was.Name || object.GetNamespace() != s.was.Namespace {
				continue
			}
			if object = object.DeepCopy(); s.late {
				object = p.asWas(object)
				continue
			}
			var list []any
			for _, port := range s.ports {
				fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&port)
				if err != nil {
					return nil, "", err
				}
				list = append(list, fields)
			}
			if err := unstructured.SetNestedSlice(object.Object, list, "spec", "ports"); err != nil {
				return nil, "", err
			}
		}
		objects = append(objects, object)
	}
	var hooks strings.Builder
	for _, hook := range p.rendered.Hooks {
		fmt.Fprintf(&hooks, "---\n%s\n", hook.Manifest)
	}
	return objects, hooks.String(), nil
}

// asWas returns what somebody has written of a live object.
func (p *plan) asWas(object *unstructured.Unstructured) *unstructured.Unstructured {
	for _, was := range p.record.Objects {
		if same(was, object) {
			return withoutAnnotation(content(was), lastApplied)
		}
	}
	return object
}
