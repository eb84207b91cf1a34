package takeover

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

// service is one that is taken over: as it is, and what it gets while old and new pods serve side by side.
type service struct {
	was      *corev1.Service
	selector map[string]string
	ports    []corev1.ServicePort
	// late says that it leads to no pods yet, such as one of type ExternalName: it stays as it is until the new ones are ready.
	late bool
}

// newService plans one. will is what becomes of it, and rendered what the chart itself says.
func newService(was, will, rendered *corev1.Service, deployments []*deployment) (*service, error) {
	if outside(will) < outside(was) {
		return nil, fmt.Errorf("%s is of type %s, and the chart's is %s, so that callers outside would lose it: set service.type: %[2]s", "Service/"+was.Name, was.Spec.Type, will.Spec.Type)
	}
	s := &service{was: was, selector: will.Spec.Selector, ports: slices.Clone(will.Spec.Ports)}
	if len(was.Spec.Selector) == 0 || len(will.Spec.Selector) == 0 {
		s.late = true
		return s, nil
	}
	for i, port := range s.ports {
		// What a dry run has allotted is another's.
		said, _ := numbered(rendered.Spec.Ports, port)
		old, _ := numbered(was.Spec.Ports, port)
		s.ports[i].NodePort = cmp.Or(said.NodePort, old.NodePort)
	}
	for _, d := range deployments {
		if !selects(was.Spec.Selector, d.was) {
			continue
		}
		both, err := bothPorts(was.Spec.Ports, s.ports, d.was.Spec.Template.Spec, d.will.Spec.Template.Spec)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", "Service/"+was.Name, err)
		}
		s.ports = both
	}
	return s, nil
}

// outside says how far a Service is reached.
func outside(s *corev1.Service) int {
	return slices.Index([]corev1.ServiceType{corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer}, s.Spec.Type)
}

// keep gives a Service that a chart renders what the live one has and the API server keeps where nobody says otherwise: node
// ports, and the class of a load balancer, which can never change.
func keep(wanted, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	was, err := typed[corev1.Service](live)
	if err != nil {
		return nil, err
	}
	will, err := typed[corev1.Service](wanted)
	if err != nil {
		return nil, err
	}
	kept := wanted.DeepCopy()
	if class := was.Spec.LoadBalancerClass; class != nil && will.Spec.LoadBalancerClass == nil && will.Spec.Type == was.Spec.Type {
		if err := unstructured.SetNestedField(kept.Object, *class, "spec", "loadBalancerClass"); err != nil {
			return nil, err
		}
	}
	if outside(will) < outside(&corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort}}) {
		return kept, nil
	}
	ports, _, err := unstructured.NestedSlice(kept.Object, "spec", "ports")
	if err != nil {
		return nil, err
	}
	for i, port := range will.Spec.Ports {
		if old, ok := numbered(was.Spec.Ports, port); ok && port.NodePort == 0 && old.NodePort != 0 {
			ports[i].(map[string]any)["nodePort"] = int64(old.NodePort)
		}
	}
	return kept, unstructured.SetNestedSlice(kept.Object, ports, "spec", "ports")
}

// unaddressed returns the chart's Services for whose address `helm --wait` would wait, and may wait for ever: those of type
// LoadBalancer that have none.
func (t *takeover) unaddressed(p *plan) []string {
	// Helm 4 looks whether there is an address in the cluster alone, unless it is told to wait as Helm 3 does.
	if t.helm.Major == 4 && t.command.Value("wait") != "legacy" {
		return nil
	}
	var names []string
	for _, object := range p.objects {
		if object.GetKind() != "Service" || object.GroupVersionKind().Group != "" {
			continue
		}
		kind, _, _ := unstructured.NestedString(object.Object, "spec", "type")
		external, _, _ := unstructured.NestedSlice(object.Object, "spec", "externalIPs")
		addressed := slices.ContainsFunc(p.record.Objects, func(live *unstructured.Unstructured) bool {
			addresses, _, _ := unstructured.NestedSlice(live.Object, "status", "loadBalancer", "ingress")
			return name(live) == name(object) && len(addresses) > 0
		})
		if kind == string(corev1.ServiceTypeLoadBalancer) && len(external) == 0 && !addressed {
			names = append(names, name(object))
		}
	}
	return names
}

// warnings are what callers of a Service may notice, for people.
func (s *service) warnings(will *corev1.Service) []string {
	var all []string
	was := s.was.Spec
	say := func(format string, args ...any) {
		all = append(all, "Service/"+s.was.Name+fmt.Sprintf(format, args...))
	}
	if was.ClusterIP == corev1.ClusterIPNone {
		say(" stays headless: an installed chart would have an address. Callers find its pods by DNS, and may know the old ones for " +
			"as long as they keep an answer, in CoreDNS 30 seconds by default: give them that time with --settle")
	}
	if was.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && will.Spec.ExternalTrafficPolicy != was.ExternalTrafficPolicy {
		say(" loses externalTrafficPolicy: Local, which the chart does not say: its pods will not see the addresses of callers outside")
	}
	if len(was.LoadBalancerSourceRanges) > 0 && len(will.Spec.LoadBalancerSourceRanges) == 0 {
		say(" loses loadBalancerSourceRanges, which the chart does not say: it will be open to all")
	}
	if ptr.Deref(was.SessionAffinityConfig, corev1.SessionAffinityConfig{}).ClientIP != nil && will.Spec.SessionAffinity == corev1.ServiceAffinityNone {
		say(" loses sessionAffinity: ClientIP, which the chart does not say")
	}
	return all
}
