package check

import (
	"cmp"
	"fmt"
)

var releaseTwice = Rule{
	ID: "release-twice", Severity: Error, Link: docs,
	Sentence: "Two services of a tree are one Helm release: of the same name, in the same namespace and environment. Each deploy of one replaces what the other has.",
	Remedy:   "Give them different names, or namespaces: --name and --namespace take {service} and {environment}.",
}

// Twins looks for releases of a fleet that Helm takes for one.
func Twins(releases []Release) (findings []Finding) {
	type place struct{ environment, namespace, name string }
	first := map[place]Release{}
	for _, release := range releases {
		at := place{release.Environment, cmp.Or(release.Namespace, "default"), release.Name}
		other, ok := first[at]
		if !ok {
			first[at] = release
			continue
		}
		f := releaseTwice.finding(fmt.Sprintf("is the release %s in namespace %s, as %s is", at.name, at.namespace, cmp.Or(firstOwn(other), other.Service)), "")
		f.Service, f.File = release.Service, firstOwn(release)
		if release.Environment != "" {
			f.Environments = []string{release.Environment}
		}
		findings = append(findings, f)
	}
	return findings
}

// firstOwn is the first of the service's own files of a release, or nothing.
func firstOwn(release Release) string {
	for _, layer := range release.Layers {
		if layer.Own {
			return layer.Path
		}
	}
	return ""
}
