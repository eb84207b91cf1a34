package check

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"gitlab.example.com/platform/slipway/test/render"
)

var selectorMatchesJob = Rule{
	ID: "selector-matches-job", Severity: Error, Link: docs,
	Sentence: "A selector matches the pods of a job, cron job or test too: they would get the service's traffic, or count as its pods.",
	Remedy:   "Give the job's pods other labels, or the selector one more that only the service's pods have.",
}

// selectors are where kinds keep theirs; plain ones are maps of labels, the others are label selectors. Some kinds are about pods
// of any sort, the others about pods that serve.
var selectors = map[string]struct {
	path           []string
	plain, anyPods bool
}{
	"Service":               {path: []string{"spec", "selector"}, plain: true},
	"ReplicationController": {path: []string{"spec", "selector"}, plain: true},
	"Deployment":            {path: []string{"spec", "selector"}},
	"ReplicaSet":            {path: []string{"spec", "selector"}},
	"StatefulSet":           {path: []string{"spec", "selector"}},
	"DaemonSet":             {path: []string{"spec", "selector"}},
	"PodDisruptionBudget":   {path: []string{"spec", "selector"}, anyPods: true},
	"PodMonitor":            {path: []string{"spec", "selector"}, anyPods: true},
	"NetworkPolicy":         {path: []string{"spec", "podSelector"}, anyPods: true},
}

// selectorsOfJobs looks at the documents of one release.
func selectorsOfJobs(documents []render.Document) (findings []Finding) {
	for _, d := range documents {
		kept, ok := selectors[d.Object.GetKind()]
		if !ok {
			continue
		}
		selector, err := selectorOf(d.Object, kept.path, kept.plain)
		// A selector of everything is meant so: a NetworkPolicy for the namespace.
		if err != nil || selector.Empty() {
			continue
		}
		matched := map[bool][]render.Document{} // by whether their pods end by themselves
		for _, other := range documents {
			pod, endsByItself := podOf(other.Object)
			if pod != nil && other.Object.GetNamespace() == d.Object.GetNamespace() && selector.Matches(labels.Set(pod.GetLabels())) {
				matched[endsByItself] = append(matched[endsByItself], other)
			}
		}
		// What is about pods of any sort, and matches no others, is meant for them: a NetworkPolicy for a cron job.
		if kept.anyPods && len(matched[false]) == 0 {
			continue
		}
		for _, job := range matched[true] {
			pod, _ := podOf(job.Object)
			f := selectorMatchesJob.finding(fmt.Sprintf("%s matches the pods of %s (labels %s)", selector, job, labels.Set(pod.GetLabels())), "")
			f.Object, f.Field, f.Template = d.String(), joinField(kept.path), d.Template
			findings = append(findings, f)
		}
	}
	return findings
}

func selectorOf(object *unstructured.Unstructured, path []string, plain bool) (labels.Selector, error) {
	if plain {
		set, _, err := unstructured.NestedStringMap(object.Object, path...)
		if err != nil || len(set) == 0 {
			return labels.Everything(), err
		}
		return labels.SelectorFromSet(set), nil
	}
	raw, found, err := unstructured.NestedMap(object.Object, path...)
	if err != nil || !found {
		return labels.Everything(), err
	}
	var selector metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &selector); err != nil {
		return nil, err
	}
	return metav1.LabelSelectorAsSelector(&selector)
}

// podOf returns the pod that an object makes, with its labels, and whether it ends by itself.
func podOf(object *unstructured.Unstructured) (pod *unstructured.Unstructured, endsByItself bool) {
	var path []string
	switch object.GetKind() {
	case "Pod":
		return object, object.GetAnnotations()["helm.sh/hook"] != ""
	case "Job":
		path, endsByItself = []string{"spec", "template"}, true
	case "CronJob":
		path, endsByItself = []string{"spec", "jobTemplate", "spec", "template"}, true
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController":
		path = []string{"spec", "template"}
	default:
		return nil, false
	}
	template, found, err := unstructured.NestedMap(object.Object, path...)
	if err != nil || !found {
		return nil, false
	}
	return &unstructured.Unstructured{Object: template}, endsByItself
}

func joinField(path []string) string {
	text := path[0]
	for _, key := range path[1:] {
		text += "." + key
	}
	return text
}
