package takeover

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"gitlab.example.com/platform/slipway/test/helm"
)

// applyChart makes the second revision: what the chart renders, and ports that fit what was there too.
type applyChart struct {
	*takeover
	plan *plan
}

func (s applyChart) describe() string {
	text := "Helm applies what the chart renders, with those ports (chart " + helm.BetweenChart + "), and waits."
	for _, name := range s.plan.rolled {
		text += " The pods of Deployment/" + name + " are replaced in a rollout."
	}
	for _, d := range s.plan.orphaned {
		text += " Deployment/" + d.Name + " is made anew, with pods of its own beside the old ones: there must be room for both."
	}
	return text
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
	return s.revise(ctx, helm.BetweenChart, map[string][]byte{objectsFile: append(text, hooks...)},
		"--wait", "--timeout="+s.command.Timeout.String())
}

// undo puts back what neither a Service nor a Deployment is. Ingresses are last: the Service has the ports of both, and when it
// loses the chart's none asks for those any more.
func (s applyChart) undo(ctx context.Context) error {
	for _, ingresses := range []bool{false, true} {
		for _, object := range s.plan.record.Objects {
			kind := object.GetKind()
			if kind == "Service" || kind == "Deployment" || (kind == "Ingress") != ingresses {
				continue
			}
			if err := s.putBack(ctx, object); err != nil {
				return err
			}
		}
	}
	return s.settle(ctx)
}

// between returns the objects of the revision that serves old and new pods at once: those of the chart, and its hooks, which
// are to run before the pods are new.
func (p *plan) between() ([]*unstructured.Unstructured, string, error) {
	var objects []*unstructured.Unstructured
	for _, object := range p.objects {
		if ports, ok := p.ports[object.GetNamespace()+"/"+object.GetName()]; ok && object.GetKind() == "Service" {
			object = object.DeepCopy()
			var list []any
			for _, port := range ports {
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
