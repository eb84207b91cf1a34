package check

import (
	"cmp"
	"fmt"
	"slices"

	"gitlab.example.com/platform/slipway/test/render"
)

var nameCollision = Rule{
	ID: "name-collision", Severity: Error, Link: docs,
	Sentence: "Two objects have the same kind, namespace and name, in one release or in two of one namespace: the second fails, or takes over the first.",
	Remedy:   "Give one of them another name.",
}

// collisionsWithin looks at the documents of one release.
func collisionsWithin(documents []render.Document, namespace string) (findings []Finding) {
	first := map[string]render.Document{}
	for _, d := range documents {
		name := identity(d) + " in " + cmp.Or(d.Object.GetNamespace(), namespace)
		if other, ok := first[name]; ok {
			f := nameCollision.finding(fmt.Sprintf("is made twice, by %s and %s", other.Template, d.Template), "")
			f.Object, f.Template = d.String(), d.Template
			findings = append(findings, f)
			continue
		}
		first[name] = d
	}
	return findings
}

// identity is group, kind and name: the same object may be written in several versions of its group.
func identity(d render.Document) string {
	return d.Object.GroupVersionKind().Group + "/" + d.String()
}

// shared says whether several releases may make the object on purpose: it is kept, or made only where missing.
func shared(d render.Document) bool {
	return d.Object.GetKind() == "Namespace" || d.Object.GetAnnotations()["helm.sh/resource-policy"] == "keep" ||
		d.Object.GetAnnotations()["helm.sh/hook"] != ""
}

// Collisions looks at what all releases of a fleet make.
func Collisions(objects []Object) (findings []Finding) {
	makers := map[Object][]string{}
	for _, o := range objects {
		if o.Shared {
			continue
		}
		place := o
		place.Service = ""
		if !slices.Contains(makers[place], o.Service) {
			makers[place] = append(makers[place], o.Service)
		}
	}
	for place, services := range makers {
		slices.Sort(services)
		for _, service := range services[1:] {
			f := nameCollision.finding(fmt.Sprintf("is made by %s too, in namespace %s", services[0], place.Namespace), "")
			f.Service, f.Environments, f.Object = service, []string{place.Environment}, kindAndName(place.Name)
			findings = append(findings, f)
		}
	}
	return findings
}

func kindAndName(identity string) string {
	for i, c := range identity {
		if c == '/' {
			return identity[i+1:]
		}
	}
	return identity
}
