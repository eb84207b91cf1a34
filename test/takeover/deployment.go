package takeover

import (
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"
)

// way is how the pods of a Deployment give way to the chart's.
type way int

const (
	// stay: the chart has the same pods.
	stay way = iota
	// roll: they are replaced in a rollout.
	roll
	// leave: their Deployment is deleted, they go on serving beside those of a new one, and leave when those are ready.
	leave
	// stop: they end before those of a new Deployment begin.
	stop
)

// deployment is one that is taken over: as it is, and as the chart will have it, by the same name or another.
type deployment struct {
	was, will *appsv1.Deployment
	way       way
	// why it is not rolled, for people.
	why string
	// recreate says that one of the two has the strategy Recreate: old and new pods never run at once.
	recreate bool
	// labels that old pods get, so that the chart's Services lead to them too.
	labels map[string]string
}

// decide finds out how the pods give way, by the Services of the namespace and those of the chart, which change.
func (d *deployment) decide(live []corev1.Service, changing []*service, changed bool) {
	served := slices.ContainsFunc(live, func(s corev1.Service) bool { return selects(s.Spec.Selector, d.was) })
	d.labels = map[string]string{}
	for _, s := range changing {
		if !s.late && selects(s.was.Spec.Selector, d.was) {
			for key, value := range s.selector {
				if d.was.Spec.Template.Labels[key] != value {
					d.labels[key] = value
				}
			}
		}
	}
	d.recreate = d.was.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType || d.will.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType
	d.way = leave
	switch {
	case d.was.Name != d.will.Name:
		d.why = "the chart's is called " + d.will.Name
	case !sameSelector(d.was, d.will):
		d.why = fmt.Sprintf("its selector (%s) can never change, and the chart's is %s", selectorText(d.was), selectorText(d.will))
	case len(d.labels) > 0:
		d.why = "the chart's Service selects by " + labels.FormatLabels(d.labels)
	case !changed:
		d.way = stay
		return
	case d.recreate, drains(d.was.Spec.Template.Spec, served):
		d.way = roll
		return
	default:
		d.why = "they have no preStop, and would lose requests in a rollout"
	}
	if d.recreate {
		d.way = stop
	}
}

// drains says whether all containers of a pod that serve wait before they end, while proxies still send them requests. One that
// declares no port may serve all the same.
func drains(pod corev1.PodSpec, served bool) bool {
	return !slices.ContainsFunc(pod.Containers, func(c corev1.Container) bool {
		return (served || len(c.Ports) > 0) && (c.Lifecycle == nil || c.Lifecycle.PreStop == nil)
	})
}

// selects says whether a Service's selector finds the pods of a Deployment. One without a selector finds none.
func selects(selector map[string]string, d *appsv1.Deployment) bool {
	return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(d.Spec.Template.Labels))
}

func sameSelector(a, b *appsv1.Deployment) bool {
	return equality.Semantic.DeepEqual(a.Spec.Selector, b.Spec.Selector)
}

func selectorText(d *appsv1.Deployment) string {
	if len(d.Spec.Selector.MatchExpressions) > 0 {
		return d.Spec.Selector.String()
	}
	return labels.FormatLabels(d.Spec.Selector.MatchLabels)
}

// replacement is what is recorded of a Deployment that is not changed in place.
type replacement struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Successor is the name of the chart's.
	Successor string `json:"successor"`
	// Labels that the old pods get.
	Labels map[string]string `json:"labels,omitempty"`
	// Stop says that old and new pods never run at once.
	Stop bool `json:"stop,omitempty"`
}

// replacements are those of the plan's Deployments, for the record.
func (p *plan) replacements() []replacement {
	var all []replacement
	for _, d := range p.deployments {
		if d.way == leave || d.way == stop {
			all = append(all, replacement{
				Namespace: d.was.Namespace, Name: d.was.Name, Successor: d.will.Name, Labels: maps.Clone(d.labels), Stop: d.way == stop,
			})
		}
	}
	return all
}

// of returns the plan's Deployments whose pods give way in this way.
func (p *plan) of(w way) []*deployment {
	return slices.DeleteFunc(slices.Clone(p.deployments), func(d *deployment) bool { return d.way != w })
}
