package values

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"gitlab.example.com/platform/slipway/test/render"
)

// podTemplate is a pod that the manifests make.
type podTemplate struct {
	of     string // the object that makes it
	labels map[string]any
	spec   map[string]any
}

func (p podTemplate) metadata() map[string]any { return map[string]any{"labels": p.labels} }

// podPaths say where the pod template of a kind is.
var podPaths = map[string][]string{
	"Deployment": {"spec", "template"},
	"Job":        {"spec", "template"},
	"CronJob":    {"spec", "jobTemplate", "spec", "template"},
	"Pod":        {},
}

// podTemplates returns the pods that the chart makes, that of the Deployment among them.
func podTemplates(manifests render.Manifests) ([]podTemplate, error) {
	var pods []podTemplate
	for _, document := range ours(manifests) {
		path, makesPods := podPaths[document.Object.GetKind()]
		if !makesPods {
			continue
		}
		template, _ := at(document.Object.DeepCopy().Object, path...).(map[string]any)
		spec, _ := at(template, "spec").(map[string]any)
		podLabels, _ := at(template, "metadata", "labels").(map[string]any)
		if len(spec) == 0 || len(podLabels) == 0 {
			return nil, fmt.Errorf("%s has no pod with labels", document)
		}
		pods = append(pods, podTemplate{of: document.String(), labels: podLabels, spec: spec})
	}
	return pods, nil
}

// ours returns the documents but for those that stand in the values as they are.
func ours(manifests render.Manifests) []render.Document {
	var documents []render.Document
	for _, document := range manifests.Documents {
		if !strings.HasSuffix(document.Template, "/extraobjects.yaml") {
			documents = append(documents, document)
		}
	}
	return documents
}

// selectorPaths say where kinds that select pods have their selector. One is a map of labels, all others LabelSelectors.
var selectorPaths = map[string][]string{
	"Deployment":          {"spec", "selector"},
	"Service":             {"spec", "selector"},
	"PodDisruptionBudget": {"spec", "selector"},
	"NetworkPolicy":       {"spec", "podSelector"},
}

// sound says the first thing that is wrong with manifests and that the server does not see.
func sound(manifests render.Manifests) error {
	for _, document := range ours(manifests) {
		for _, left := range []string{"<no value>", "<nil>"} {
			// What stands in values may hold this too; what a template prints stands alone.
			if strings.Contains(document.Text, ": "+left) || strings.Contains(document.Text, `: "`+left+`"`) {
				return fmt.Errorf("%s holds %s", document, left)
			}
		}
	}
	if err := selection(manifests); err != nil {
		return err
	}
	return memoryLimits(manifests)
}

// memoryLimits says which container's Go would not start, would only collect garbage, or would use more than it may.
func memoryLimits(manifests render.Manifests) error {
	pods, err := podTemplates(manifests)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		var spec corev1.PodSpec
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(pod.spec, &spec); err != nil {
			return fmt.Errorf("%s: %w", pod.of, err)
		}
		for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
			for _, variable := range container.Env {
				if variable.Name != "GOMEMLIMIT" {
					continue
				}
				bytes, err := strconv.ParseInt(variable.Value, 10, 64)
				if err != nil || bytes < 1 || bytes > container.Resources.Limits.Memory().Value() {
					return fmt.Errorf("%s: container %s: GOMEMLIMIT is %q", pod.of, container.Name, variable.Value)
				}
			}
		}
	}
	return nil
}

// selection says which object selects a pod that is not the service's, or not the service's.
func selection(manifests render.Manifests) error {
	pods, err := podTemplates(manifests)
	if err != nil {
		return err
	}
	for _, document := range ours(manifests) {
		selectors, err := podSelectors(document, manifests)
		if err != nil {
			return fmt.Errorf("%s: %w", document, err)
		}
		ofJobs := document.Object.GetKind() == "NetworkPolicy" && strings.HasSuffix(document.Object.GetName(), "-jobs")
		for _, selector := range selectors {
			for _, pod := range pods {
				meant := strings.HasPrefix(pod.of, "Deployment/") != ofJobs
				selected := selector.Matches(textLabels(pod.labels))
				if selected != meant {
					return fmt.Errorf("%s selects %s: %t", document, pod.of, selected)
				}
			}
		}
	}
	return nil
}

// podSelectors returns what an object selects pods by, itself or through the objects that it names.
func podSelectors(document render.Document, manifests render.Manifests) ([]labels.Selector, error) {
	object := document.Object
	switch kind := object.GetKind(); kind {
	case "ServiceMonitor":
		selector, err := labelSelector(at(object.Object, "spec", "selector"))
		if err != nil {
			return nil, err
		}
		return through(manifests, func(other *unstructured.Unstructured) bool {
			return other.GetKind() == "Service" && selector.Matches(labels.Set(other.GetLabels()))
		})
	case "HorizontalPodAutoscaler", "ScaledObject":
		return through(manifests, func(other *unstructured.Unstructured) bool {
			return other.GetKind() == "Deployment" && other.GetName() == at(object.Object, "spec", "scaleTargetRef", "name")
		})
	case "Service":
		set, _ := at(object.Object, "spec", "selector").(map[string]any)
		return []labels.Selector{labels.SelectorFromSet(textLabels(set))}, nil
	default:
		path, selects := selectorPaths[kind]
		if !selects {
			return nil, nil
		}
		selector, err := labelSelector(at(object.Object, path...))
		return []labels.Selector{selector}, err
	}
}

// through returns the selectors of the objects that another one reaches pods through. There must be one.
func through(manifests render.Manifests, reached func(*unstructured.Unstructured) bool) ([]labels.Selector, error) {
	var selectors []labels.Selector
	for _, document := range ours(manifests) {
		if reached(document.Object) {
			more, err := podSelectors(document, manifests)
			if err != nil {
				return nil, err
			}
			selectors = append(selectors, more...)
		}
	}
	if len(selectors) == 0 {
		return nil, errors.New("reaches nothing")
	}
	return selectors, nil
}

func labelSelector(value any) (labels.Selector, error) {
	written, _ := value.(map[string]any)
	var selector metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(written, &selector, true); err != nil {
		return nil, err
	}
	return metav1.LabelSelectorAsSelector(&selector)
}

func textLabels(of map[string]any) labels.Set {
	set := labels.Set{}
	for name, value := range of {
		set[name], _ = value.(string)
	}
	return set
}
