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

// selectors are where kinds keep theirs; plain ones are maps of labels, the others are label selectors.
var selectors = map[string]struct {
	path  []string
	plain bool
}{
	"Service":               {[]string{"spec", "selector"}, true},
	"ReplicationController": {[]string{"spec", "selector"}, true},
	"Deployment":            {[]string{"spec", "selector"}, false},
	"ReplicaSet":            {[]string{"spec", "selector"}, false},
	"StatefulSet":           {[]string{"spec", "selector"}, false},
	"DaemonSet":             {[]string{"spec", "selector"}, false},
	"PodDisruptionBudget":   {[]string{"spec", "selector"}, false},
	"PodMonitor":            {[]string{"spec", "selector"}, false},
	"NetworkPolicy":         {[]string{"spec", "podSelector"}, false},
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
		for _, job := range documents {
			pod, endsByItself := podOf(job.Object)
			if !endsByItself || job.Object.GetNamespace() != d.Object.GetNamespace() || !selector.Matches(labels.Set(pod.GetLabels())) {
				continue
			}
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
