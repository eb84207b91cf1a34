package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
)

var nameCollision = Rule{
	ID: "name-collision", Severity: Error, Link: docs,
	Sentence: "Two objects have the same kind, namespace and name, in one release or in two of one namespace: the second fails, or takes over the first, or deletes it if it is a hook.",
	Remedy:   "Give one of them another name.",
}

// collisionsWithin looks at the documents of one release.
func collisionsWithin(documents []render.Document, namespace string) (findings []Finding) {
	first := map[string]render.Document{}
	for _, d := range documents {
		name := identity(d) + " in " + namespaceOf(d, namespace)
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

// namespaceOf is the namespace that an object of a release is in; empty for one that is in none, whatever it says.
func namespaceOf(d render.Document, namespace string) string {
	if kubernetes.ClusterWide(d.Object.GroupVersionKind().GroupKind()) {
		return ""
	}
	return cmp.Or(d.Object.GetNamespace(), namespace, "default")
}

// shared says whether several releases may make the object on purpose: a namespace, or what Helm keeps. A hook is never
// kept: Helm deletes what has its name before it makes it.
func shared(d render.Document) bool {
	return d.Object.GetKind() == "Namespace" || !isHook(d) && d.Object.GetAnnotations()["helm.sh/resource-policy"] == "keep"
}

func isHook(d render.Document) bool { return d.Object.GetAnnotations()["helm.sh/hook"] != "" }

// Collisions looks at what all releases of a fleet make.
func Collisions(objects []Object) (findings []Finding) {
	type place struct{ environment, namespace, name string }
	type maker struct {
		service string
		hook    bool
	}
	makers := map[place][]maker{}
	for _, o := range objects {
		if o.Shared {
			continue
		}
		at := place{o.Environment, o.Namespace, o.Name}
		known := slices.IndexFunc(makers[at], func(m maker) bool { return m.service == o.Service })
		if known < 0 {
			makers[at] = append(makers[at], maker{o.Service, o.Hook})
		} else if o.Hook {
			makers[at][known].hook = true
		}
	}
	for at, all := range makers {
		slices.SortFunc(all, func(a, b maker) int { return cmp.Compare(a.service, b.service) })
		for i, one := range all {
			// A hook takes what anybody has made; of all others the first has the name.
			other := slices.IndexFunc(all, func(m maker) bool { return m != one && (one.hook || !m.hook) })
			if other < 0 || !one.hook && other > i {
				continue
			}
			f := nameCollision.finding(fmt.Sprintf("is made by %s too, %s", all[other].service, scope(at.namespace)), "")
			if one.hook {
				f = nameCollision.finding(fmt.Sprintf("is a hook of %s, and is made by %s too, %s: before Helm runs the hook it deletes what %[2]s has made",
					one.service, all[other].service, scope(at.namespace)), "Give the hook another name; that of a job or test of this chart comes from its key.")
			}
			f.Service, f.Environments, f.Object = one.service, []string{at.environment}, kindAndName(at.name)
			findings = append(findings, f)
		}
	}
	return findings
}

func scope(namespace string) string {
	if namespace == "" {
		return "for the whole cluster"
	}
	return "in namespace " + namespace
}

// Locate looks for the values of a service that make the object of a collision: those without which it is not made.
func (c *Checker) Locate(ctx context.Context, releases []Release, f Finding) Finding {
	s := c.begin(releases)
	version := c.settings.Versions[len(c.settings.Versions)-1]
	for _, release := range releases {
		if !slices.Contains(f.Environments, release.Environment) {
			continue
		}
		chart, err := c.load(release.Chart)
		if err != nil {
			return f
		}
		return s.causedBy(ctx, release, f, func(without removal) effect {
			documents, err := s.renderWithout(ctx, release, chart, &without, version)
			switch {
			case err != nil:
				return unclear
			case makes(documents, f.Object):
				return stays
			}
			return gone
		})
	}
	return f
}

func kindAndName(identity string) string {
	for i, c := range identity {
		if c == '/' {
			return identity[i+1:]
		}
	}
	return identity
}
