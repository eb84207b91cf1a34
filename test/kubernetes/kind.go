package kubernetes

import (
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kubernetes/pkg/capabilities"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// known is the catalogue by what is looked up in it.
type known struct {
	*catalogue.Catalogue
	kinds  map[schema.GroupVersionKind][]catalogue.Kind
	groups map[string]bool
	shapes *shapes
	custom map[schema.GroupVersionKind]func() (*customKind, error)
	// wide are the kinds whose objects are in no namespace.
	wide map[schema.GroupKind]bool
}

var load = sync.OnceValues(func() (*known, error) {
	// As kube-apiserver does with --allow-privileged, which clusters that run networks and storage in pods need.
	capabilities.Setup(true, 0)
	all, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	k := &known{Catalogue: all, kinds: map[schema.GroupVersionKind][]catalogue.Kind{}, groups: map[string]bool{}, shapes: newShapes(all.Types), wide: map[schema.GroupKind]bool{}}
	for _, kind := range all.Kinds {
		gv := groupVersion(kind.GroupVersion)
		k.groups[gv.Group] = true
		if !kind.Namespaced {
			k.wide[schema.GroupKind{Group: gv.Group, Kind: kind.Kind}] = true
		}
		if kind.Type != "" {
			k.kinds[gv.WithKind(kind.Kind)] = append(k.kinds[gv.WithKind(kind.Kind)], kind)
		}
	}
	k.custom, err = customKinds(all.Definitions, k.wide)
	return k, err
})

// kind returns the kind that a version serves, if it does.
func (k *known) kind(kind schema.GroupVersionKind, version int) (catalogue.Kind, bool) {
	for _, served := range k.kinds[kind] {
		if served.Holds(version) {
			return served, true
		}
	}
	return catalogue.Kind{}, false
}

// own says whether a group of APIs is Kubernetes' own, so that a version which does not serve a kind of it never will.
// Groups without a dot were its own before all others.
func (k *known) own(group string) bool { return k.groups[group] || !strings.Contains(group, ".") }

func groupVersion(text string) schema.GroupVersion {
	group, version, both := strings.Cut(text, "/")
	if !both {
		group, version = "", text
	}
	return schema.GroupVersion{Group: group, Version: version}
}

// ClusterWide says whether objects of a kind are in no namespace, whatever they say themselves. What is not known is taken
// to be in one.
func ClusterWide(kind schema.GroupKind) bool {
	all, err := load()
	return err == nil && all.wide[kind]
}
