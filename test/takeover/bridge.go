package takeover

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

// sliceController makes a Service's own EndpointSlices.
const sliceController = "endpointslice-controller.k8s.io"

// bridgeServices gives each Service ports that fit old and new pods, and old and new Ingresses.
type bridgeServices struct {
	*takeover
	plan *plan
}

func (s bridgeServices) describe() string {
	if len(s.plan.ports) == 0 {
		return ""
	}
	return "The Service gets ports that fit old and new pods, and old and new Ingresses."
}

func (s bridgeServices) do(ctx context.Context) error {
	for _, object := range s.plan.record.Objects {
		if ports, ok := s.plan.ports[object.GetNamespace()+"/"+object.GetName()]; ok && object.GetKind() == "Service" {
			s.say("%s: ports for old and new pods", name(object))
			if err := s.reshape(ctx, object.GetNamespace(), object.GetName(), ports); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s bridgeServices) undo(ctx context.Context) error {
	for _, object := range s.plan.record.Objects {
		if object.GetKind() != "Service" {
			continue
		}
		service, err := typed[corev1.Service](object)
		if err != nil {
			return err
		}
		if err := s.removeBridges(ctx, service.Namespace, service.Name); err != nil {
			return err
		}
		if err := s.reshape(ctx, service.Namespace, service.Name, service.Spec.Ports); err != nil {
			return err
		}
		if err := s.putBack(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// reshape gives a live Service other ports, and nobody notices. A proxy finds the pods of a Service's port by the port's
// name in the EndpointSlices, and it may learn of the one before the other, in either order: for a moment the new name leads nowhere.
// (A second port with the new name is no way out where the old port has none: the names of several ports are required.)
// So there are EndpointSlices with both names before, during and after the change. They follow no pods: they are there for seconds.
func (t *takeover) reshape(ctx context.Context, namespace, name string, ports []corev1.ServicePort) (err error) {
	service, err := t.cluster.Typed.CoreV1().Services(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	slices, err := t.slices(ctx, namespace, name)
	if err != nil {
		return err
	}
	bridges := 0
	defer func() {
		if bridges > 0 {
			err = errors.Join(err, t.removeBridges(context.WithoutCancel(ctx), namespace, name))
		}
	}()
	for _, slice := range slices {
		bridge := bridged(slice, service, ports)
		if bridge == nil {
			continue
		}
		if _, err := t.cluster.Typed.DiscoveryV1().EndpointSlices(namespace).Create(ctx, bridge, metav1.CreateOptions{FieldManager: manager}); err != nil {
			return fmt.Errorf("an EndpointSlice with the old and the new names of the ports: %w", err)
		}
		bridges++
	}
	if bridges > 0 {
		if err := t.settle(ctx); err != nil {
			return err
		}
	}
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Service"))
	live.SetNamespace(namespace)
	live.SetName(name)
	if _, err := t.cluster.patch(ctx, live, metav1.PatchOptions{}, operation{"add", "/spec/ports", ports}); err != nil {
		return err
	}
	if bridges == 0 {
		return nil
	}
	err = t.eventually(ctx, "EndpointSlices with the new names of the ports of Service/"+name, func(ctx context.Context) error {
		now, err := t.slices(ctx, namespace, name)
		if err != nil {
			return err
		}
		for _, slice := range now {
			if bridged(slice, service, ports) != nil {
				return fmt.Errorf("%s has the old ones", slice.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.settle(ctx)
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

// bridged returns an EndpointSlice for the same pods that has the names of the new ports too; nil if the slice has all of
// them. A new port is that of the old one with the same number.
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
	if len(all) == len(slice.Ports) {
		return nil
	}
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: service.Name + "-takeover-",
			Labels:       map[string]string{discoveryv1.LabelServiceName: service.Name, discoveryv1.LabelManagedBy: manager},
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
		if err := api.Delete(ctx, slice.Name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}
