package takeover

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// bothPorts returns the ports of a Service that old and new pods serve side by side, and that old and new Ingresses find
// by number and by name:
//   - the new ports, each with a target that leads to the right port in both;
//   - old ports with a number, or a name, that none of the new ones has.
//
// It fails if no target leads to both.
func bothPorts(oldPorts, newPorts []corev1.ServicePort, oldPods, newPods corev1.PodSpec) ([]corev1.ServicePort, error) {
	var both []corev1.ServicePort
	for _, port := range newPorts {
		if old, ok := numbered(oldPorts, port); ok {
			target, err := sharedTarget(old, port, oldPods, newPods)
			if err != nil {
				return nil, err
			}
			port.TargetPort = target
			if port.NodePort == 0 {
				port.NodePort = old.NodePort
			}
		}
		both = append(both, port)
	}
	for _, old := range oldPorts {
		_, hasNumber := numbered(newPorts, old)
		hasName := old.Name == "" || slices.ContainsFunc(newPorts, func(p corev1.ServicePort) bool { return p.Name == old.Name })
		switch {
		case hasNumber && hasName:
			continue
		case hasNumber:
			old.Port, old.NodePort = freeNumber(old, both, oldPorts), 0
		case hasName:
			old.Name = fmt.Sprintf("old-%d", old.Port)
		}
		both = append(both, old)
	}
	return both, nil
}

func numbered(ports []corev1.ServicePort, like corev1.ServicePort) (corev1.ServicePort, bool) {
	i := slices.IndexFunc(ports, func(p corev1.ServicePort) bool { return p.Port == like.Port && protocol(p) == protocol(like) })
	if i < 0 {
		return corev1.ServicePort{}, false
	}
	return ports[i], true
}

func protocol(p corev1.ServicePort) corev1.Protocol { return cmp.Or(p.Protocol, corev1.ProtocolTCP) }

func freeNumber(old corev1.ServicePort, others ...[]corev1.ServicePort) int32 {
	all := slices.Concat(others...)
	for old.Port++; ; old.Port = old.Port%65535 + 1 {
		if _, taken := numbered(all, old); !taken {
			return old.Port
		}
	}
}

// sharedTarget returns a target that leads, in old and in new pods, to where theirs did.
func sharedTarget(old, port corev1.ServicePort, oldPods, newPods corev1.PodSpec) (intstr.IntOrString, error) {
	before, after := number(old, old.TargetPort, oldPods), number(port, port.TargetPort, newPods)
	if before == 0 { // it led nowhere
		return port.TargetPort, nil
	}
	for _, target := range []intstr.IntOrString{port.TargetPort, old.TargetPort, intstr.FromInt32(after)} {
		if number(old, target, oldPods) == before && number(port, target, newPods) == after {
			return target, nil
		}
	}
	return intstr.IntOrString{}, fmt.Errorf("port %d leads to %d in the pods that run, and to %d in the chart's: "+
		"it can lead to both at once only if the numbers are the same (ports.%s.containerPort: %d)", port.Port, before, after, port.Name, before)
}

// number returns the port of a pod that a Service's target leads to, 0 if none.
func number(port corev1.ServicePort, target intstr.IntOrString, pod corev1.PodSpec) int32 {
	if target.Type == intstr.Int {
		return cmp.Or(target.IntVal, port.Port)
	}
	for _, container := range pod.Containers {
		for _, p := range container.Ports {
			if p.Name == target.StrVal && cmp.Or(p.Protocol, corev1.ProtocolTCP) == protocol(port) {
				return p.ContainerPort
			}
		}
	}
	return 0
}
