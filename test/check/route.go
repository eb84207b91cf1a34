package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

var routeCollision = Rule{
	ID: "route-collision", Severity: Error, Link: docs,
	Sentence: "Two objects claim the same host and path, or the same node port, in one environment: requests go to one of them, whichever, or the second is refused.",
	Remedy:   "Give one of them another host, path or port.",
}

// Claim is something that one object of an environment can have, for what only shows over a whole fleet.
type Claim struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	Object      string `json:"object"` // such as Ingress/orders
	What        string `json:"what"`   // such as host api.example.com, path /orders
}

// claims of the documents of one release.
func claims(release Release, documents []render.Document) (all []Claim) {
	for _, d := range documents {
		for _, what := range claimed(d.Object, cmp.Or(d.Object.GetNamespace(), release.Namespace, "default")) {
			all = append(all, Claim{Service: release.Service, Environment: release.Environment, Object: d.String(), What: what})
		}
	}
	return all
}

// claimed returns nothing for what cannot be read: another rule says so.
func claimed(object *unstructured.Unstructured, namespace string) []string {
	switch kind := object.GroupVersionKind(); kind.Group + "/" + kind.Kind {
	case "networking.k8s.io/Ingress":
		return ofIngress(object)
	case "gateway.networking.k8s.io/HTTPRoute":
		return ofHTTPRoute(object, namespace)
	case "/Service":
		return ofService(object)
	}
	return nil
}

// canary is how ingress-nginx is told that a second Ingress gets a part of the requests.
const canary = "nginx.ingress.kubernetes.io/canary"

func ofIngress(object *unstructured.Unstructured) (all []string) {
	var ingress networkingv1.Ingress
	if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &ingress) != nil || ingress.Annotations[canary] == "true" {
		return nil
	}
	class := cmp.Or(ptr.Deref(ingress.Spec.IngressClassName, ""), ingress.Annotations["kubernetes.io/ingress.class"], "the default")
	for _, rule := range ingress.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			all = append(all, fmt.Sprintf("host %s, path %s (%s) of ingress class %s",
				cmp.Or(rule.Host, "*"), cmp.Or(path.Path, "/"), ptr.Deref(path.PathType, networkingv1.PathTypeImplementationSpecific), class))
		}
	}
	return all
}

// ofHTTPRoute reads of a route what it matches, as it is written.
func ofHTTPRoute(object *unstructured.Unstructured, namespace string) (all []string) {
	var route struct {
		Spec struct {
			ParentRefs []map[string]any
			Hostnames  []string
			Rules      []struct{ Matches []any }
		}
	}
	text, err := json.Marshal(object.Object)
	if err != nil || json.Unmarshal(text, &route) != nil {
		return nil
	}
	everything := map[string]any{"path": map[string]any{"type": "PathPrefix", "value": "/"}}
	hosts := route.Spec.Hostnames
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	for _, parent := range route.Spec.ParentRefs {
		if parent == nil {
			continue
		}
		// A gateway is in the route's own namespace where none is named.
		if parent["namespace"] == nil {
			parent["namespace"] = namespace
		}
		for _, host := range hosts {
			for _, rule := range route.Spec.Rules {
				matches := rule.Matches
				if len(matches) == 0 {
					matches = []any{everything}
				}
				for _, match := range matches {
					all = append(all, fmt.Sprintf("host %s, %s of gateway %s", host, written(match), written(parent)))
				}
			}
		}
	}
	return all
}

// written is a value as JSON, whose keys are sorted.
func written(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

func ofService(object *unstructured.Unstructured) (all []string) {
	var service corev1.Service
	if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &service) != nil {
		return nil
	}
	for _, port := range service.Spec.Ports {
		if port.NodePort != 0 {
			all = append(all, fmt.Sprintf("node port %d (%s)", port.NodePort, cmp.Or(port.Protocol, corev1.ProtocolTCP)))
		}
	}
	return all
}

// Routes looks at what all releases of a fleet claim. An environment is taken for one cluster.
func Routes(claims []Claim) (findings []Finding) {
	type place struct{ environment, what string }
	type owner struct{ service, object string }
	owners := map[place][]owner{}
	for _, c := range claims {
		at, by := place{c.Environment, c.What}, owner{c.Service, c.Object}
		if !slices.Contains(owners[at], by) {
			owners[at] = append(owners[at], by)
		}
	}
	for at, all := range owners {
		slices.SortFunc(all, func(a, b owner) int {
			return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.object, b.object))
		})
		for _, by := range all[1:] {
			f := routeCollision.finding(fmt.Sprintf("claims %s, as %s of %s does", at.what, all[0].object, all[0].service), "")
			f.Service, f.Environments, f.Object = by.service, []string{at.environment}, by.object
			findings = append(findings, f)
		}
	}
	return findings
}
