package takeover

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
)

// sliceController makes a Service's own EndpointSlices.
const sliceController = "endpointslice-controller.k8s.io"

// bridgeServices has each Service lead to old and new pods, and be found by old and new Ingresses: by the chart's selector, for
// which old pods get labels, and with the ports of both.
type bridgeServices struct {
	*takeover
	plan *plan
}

func (s bridgeServices) describe() []string {
	var lines []string
	for _, service := range s.plan.services {
		line := "Service/" + service.was.Name
		switch {
		case service.late:
			line += " stays as it is until the chart's pods are ready."
		case maps.Equal(service.was.Spec.Selector, service.selector):
			line += " gets ports that fit old and new pods, and old and new Ingresses."
		default:
			line += fmt.Sprintf(" gets ports that fit old and new pods, and old and new Ingresses, and leads to both by %s, which the old pods get as a label.",
				labels.FormatLabels(service.selector))
		}
		lines = append(lines, line)
	}
	return lines
}

func (s bridgeServices) do(ctx context.Context) error {
	var changes []serviceChange
	for _, service := range s.plan.services {
		if service.late {
			continue
		}
		change := serviceChange{service.was.Namespace, service.was.Name, service.selector, slices.Clone(service.ports)}
		if outside(service.was) < 1 { // it becomes a NodePort later
			for i := range change.ports {
				change.ports[i].NodePort = 0
			}
		}
		s.say("Service/%s: ports and labels for old and new pods", change.name)
		changes = append(changes, change)
	}
	return s.reshape(ctx, changes, func(ctx context.Context) error {
		for _, d := range s.plan.of(leave) {
			if len(d.labels) == 0 {
				continue
			}
			wanted := map[string]any{marker: string(d.was.UID)}
			for key, value := range d.labels {
				wanted[key] = value
			}
			if err := s.labelOrphans(ctx, d.was, wanted); err != nil {
				return err
			}
		}
		return nil
	})
}

// undo gives the Services their selectors and ports back, and the pods that nothing controls, old and new, the labels for them.
func (s bridgeServices) undo(ctx context.Context) error {
	var changes []serviceChange
	for _, object := range s.plan.record.Objects {
		if !is(object, "", "Service") {
			continue
		}
		service, err := typed[corev1.Service](object)
		if err != nil {
			return err
		}
		if err := s.removeBridges(ctx, service.Namespace, service.Name); err != nil {
			return err
		}
		if len(service.Spec.Selector) > 0 {
			changes = append(changes, serviceChange{service.Namespace, service.Name, service.Spec.Selector, service.Spec.Ports})
		}
	}
	err := s.reshape(ctx, changes, func(ctx context.Context) error { return s.labelBack(ctx, s.plan.record) })
	if err != nil {
		return err
	}
	for _, object := range s.plan.record.Objects {
		if is(object, "", "Service") {
			if err := s.putBack(ctx, object); err != nil {
				return err
			}
		}
	}
	return nil
}

// serviceChange is what a live Service gets.
type serviceChange struct {
	namespace, name string
	selector        map[string]string
	ports           []corev1.ServicePort
}

func (c serviceChange) key() string { return c.namespace + "/" + c.name }

// reshape gives live Services other selectors and ports, and their pods other labels in between, and nobody notices. A proxy finds
// the pods of a Service's port by the port's name in the EndpointSlices, and it may learn of the one before the other, in either
// order: for a moment the new name leads nowhere. (A second port with the new name is no way out where the old port has none: the
// names of several ports are required.) So there are EndpointSlices with both names, and with all pods, before, during and after
// the change. They follow no pods: they are there for seconds.
func (t *takeover) reshape(ctx context.Context, changes []serviceChange, relabel func(ctx context.Context) error) (err error) {
	bridges := map[string][]*discoveryv1.EndpointSlice{} // by Service
	services := map[string]*corev1.Service{}
	defer func() {
		for _, c := range changes {
			if len(bridges[c.key()]) > 0 {
				err = errors.Join(err, t.removeBridges(context.WithoutCancel(ctx), c.namespace, c.name))
			}
		}
	}()
	for _, c := range changes {
		service, err := t.cluster.Typed.CoreV1().Services(c.namespace).Get(ctx, c.name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue // it is made again as it was
		}
		if err != nil {
			return err
		}
		services[c.key()] = service
		own, err := t.slices(ctx, c.namespace, c.name)
		if err != nil {
			return err
		}
		for _, slice := range own {
			bridge := bridged(slice, service, c.ports)
			if len(bridge.Ports) == len(slice.Ports) && maps.Equal(service.Spec.Selector, c.selector) {
				continue
			}
			made, err := t.cluster.Typed.DiscoveryV1().EndpointSlices(c.namespace).Create(ctx, bridge, metav1.CreateOptions{FieldManager: manager})
			if err != nil {
				return fmt.Errorf("an EndpointSlice with the old and the new names of the ports: %w", err)
			}
			bridges[c.key()] = append(bridges[c.key()], made)
		}
	}
	if len(bridges) > 0 {
		if err := t.settle(ctx); err != nil {
			return err
		}
	}
	if err := relabel(ctx); err != nil {
		return err
	}
	for _, c := range changes {
		if services[c.key()] == nil {
			continue
		}
		live := &unstructured.Unstructured{}
		live.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Service"))
		live.SetNamespace(c.namespace)
		live.SetName(c.name)
		_, err := t.cluster.patch(ctx, live, metav1.PatchOptions{}, operation{"add", "/spec/ports", c.ports}, operation{"add", "/spec/selector", c.selector})
		if err != nil {
			return err
		}
	}
	for _, c := range changes {
		if len(bridges[c.key()]) == 0 {
			continue
		}
		err := t.eventually(ctx, "EndpointSlices of Service/"+c.name+" with the same pods, and the new names of its ports", func(ctx context.Context) error {
			return t.requireBridged(ctx, services[c.key()], c.ports, bridges[c.key()])
		})
		if err != nil {
			return err
		}
	}
	if len(bridges) == 0 {
		return nil
	}
	return t.settle(ctx)
}

// requireBridged fails unless a Service's own EndpointSlices have all that the bridges have.
func (t *takeover) requireBridged(ctx context.Context, before *corev1.Service, ports []corev1.ServicePort, bridges []*discoveryv1.EndpointSlice) error {
	own, err := t.slices(ctx, before.Namespace, before.Name)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, slice := range own {
		if len(bridged(slice, before, ports).Ports) != len(slice.Ports) {
			return fmt.Errorf("EndpointSlice/%s has the old names", slice.Name)
		}
		for _, endpoint := range slice.Endpoints {
			there[podOf(endpoint)] = true
		}
	}
	for _, bridge := range bridges {
		for _, endpoint := range bridge.Endpoints {
			if pod := podOf(endpoint); pod != "" && !there[pod] {
				now, err := t.cluster.Typed.CoreV1().Pods(before.Namespace).Get(ctx, pod, metav1.GetOptions{})
				if apierrors.IsNotFound(err) || err == nil && now.DeletionTimestamp != nil {
					continue
				}
				return errors.Join(fmt.Errorf("none has Pod/%s", pod), err)
			}
		}
	}
	return nil
}

// podOf is the name of an endpoint's pod; empty if it is none.
func podOf(endpoint discoveryv1.Endpoint) string {
	if endpoint.TargetRef == nil || endpoint.TargetRef.Kind != "Pod" {
		return ""
	}
	return endpoint.TargetRef.Name
}

// slices returns a Service's own EndpointSlices, in which there are pods.
func (t *takeover) slices(ctx context.Context, namespace, service string) ([]discoveryv1.EndpointSlice, error) {
	list, err := t.cluster.Typed.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{
		LabelSelector: discoveryv1.LabelServiceName + "=" + service + "," + discoveryv1.LabelManagedBy + "=" + sliceController,
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(s discoveryv1.EndpointSlice) bool { return len(s.Endpoints) == 0 }), nil
}

// bridged returns an EndpointSlice for the same pods that has the names of the new ports too. A new port is that of the old one
// with the same number.
func bridged(slice discoveryv1.EndpointSlice, service *corev1.Service, ports []corev1.ServicePort) *discoveryv1.EndpointSlice {
	named := func(name string) int {
		return slices.IndexFunc(slice.Ports, func(p discoveryv1.EndpointPort) bool { return ptr.Deref(p.Name, "") == name })
	}
	all := slices.Clone(slice.Ports)
	for _, port := range ports {
		old, ok := numbered(service.Spec.Ports, port)
		if !ok || named(port.Name) >= 0 {
			continue
		}
		if i := named(old.Name); i >= 0 {
			renamed := slice.Ports[i]
			renamed.Name = ptr.To(port.Name)
			all = append(all, renamed)
		}
	}
	owned := map[string]string{discoveryv1.LabelServiceName: service.Name, discoveryv1.LabelManagedBy: manager}
	if _, headless := slice.Labels[corev1.IsHeadlessService]; headless {
		owned[corev1.IsHeadlessService] = ""
	}
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: service.Name + "-takeover-",
			Labels:       owned,
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "v1", Kind: "Service", Name: service.Name, UID: service.UID,
			}},
		},
		AddressType: slice.AddressType, Endpoints: slice.Endpoints, Ports: all,
	}
}

// removeBridges removes what reshape has made, also one that was cut off.
func (t *takeover) removeBridges(ctx context.Context, namespace, service string) error {
	api := t.cluster.Typed.DiscoveryV1().EndpointSlices(namespace)
	list, err := api.List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service + "," + discoveryv1.LabelManagedBy + "=" + manager})
	if err != nil {
		return err
	}
	for _, slice := range list.Items {
		if err := api.Delete(ctx, slice.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}
