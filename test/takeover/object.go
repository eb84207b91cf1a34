package takeover

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/ownership"
)

// lastApplied is what `kubectl apply` keeps of the manifest that it was given.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// serverSet are fields that the API server or its controllers set, or keep from the live object where nobody sets them.
var serverSet = map[string][][]string{
	"Deployment":     {{"metadata", "annotations", "deployment.kubernetes.io/revision"}},
	"Service":        {{"spec", "clusterIP"}, {"spec", "clusterIPs"}, {"spec", "ipFamilies"}, {"spec", "ipFamilyPolicy"}, {"spec", "healthCheckNodePort"}, {"spec", "loadBalancerClass"}},
	"ServiceAccount": {{"secrets"}},
}

// name names an object as kubectl does, such as Service/example-microservice.
func name(object *unstructured.Unstructured) string { return object.GetKind() + "/" + object.GetName() }

// content returns what somebody has written of a live object: without what the server sets.
func content(object *unstructured.Unstructured) *unstructured.Unstructured {
	written := object.DeepCopy()
	delete(written.Object, "status")
	written.Object["metadata"] = map[string]any{"name": object.GetName()}
	written.SetNamespace(object.GetNamespace())
	written.SetLabels(object.GetLabels())
	written.SetAnnotations(object.GetAnnotations())
	for _, field := range serverSet[object.GetKind()] {
		unstructured.RemoveNestedField(written.Object, field...)
	}
	if len(written.GetAnnotations()) == 0 {
		written.SetAnnotations(nil)
	}
	return written
}

// withoutAnnotation returns the object without one of its annotations.
func withoutAnnotation(object *unstructured.Unstructured, annotation string) *unstructured.Unstructured {
	changed := object.DeepCopy()
	unstructured.RemoveNestedField(changed.Object, "metadata", "annotations", annotation)
	if len(changed.GetAnnotations()) == 0 {
		changed.SetAnnotations(nil)
	}
	return changed
}

// owned returns the object as Helm marks it, which belongs to a release.
func owned(object *unstructured.Unstructured, release, namespace string) *unstructured.Unstructured {
	marked := object.DeepCopy()
	labels, annotations := marked.GetLabels(), marked.GetAnnotations()
	if labels == nil {
		labels = map[string]string{}
	}
	if annotations == nil {
		annotations = map[string]string{}
	}
	labels[helm.ManagedByLabel] = "Helm"
	annotations[helm.ReleaseNameAnnotation], annotations[helm.ReleaseNamespaceAnnotation] = release, namespace
	marked.SetLabels(labels)
	marked.SetAnnotations(annotations)
	return marked
}

// hands tells the field managers of an object apart: people and their tools, Helm among them, and controllers.
func hands(entries []metav1.ManagedFieldsEntry) (hands, controllers []metav1.ManagedFieldsEntry) {
	for _, entry := range entries {
		owner := ownership.Of(entry)
		if owner == ownership.Controller || owner == ownership.Other && entry.Subresource != "" {
			controllers = append(controllers, entry)
		} else {
			hands = append(hands, entry)
		}
	}
	return hands, controllers
}

// typed returns an object as its Go type.
func typed[T any](object *unstructured.Unstructured) (*T, error) {
	into := new(T)
	return into, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into)
}

// is says whether an object is of a kind.
func is(object *unstructured.Unstructured, group, kind string) bool {
	return object.GetKind() == kind && object.GroupVersionKind().Group == group
}

// same says whether two are the same object, maybe in two states.
func same(a, b *unstructured.Unstructured) bool {
	return a.GroupVersionKind().GroupKind() == b.GroupVersionKind().GroupKind() && a.GetNamespace() == b.GetNamespace() && a.GetName() == b.GetName()
}
