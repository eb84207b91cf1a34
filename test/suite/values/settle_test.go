package values

import (
	"maps"
	"slices"
)

// settle draws anew what would only get as far as the chart's own messages: references to what is not there, bounds that
// contradict each other. Now and then it leaves one rule out.
func (g *generator) settle() {
	for _, rule := range []func(*generator){
		settleImage, settlePorts, settleService, settleVariables, settleLabels, settleSingleton, settleDNS, settleVolumes, settleConfig, settleContainers, settleMounts, settleProbes, settleLifecycle,
		settleResources, settleRollout, settleReplicas, settleAutoscaling, settleBudget, settleIngress, settleRoutes, settleMonitoring,
		settleSecrets, settleAccount, settleProduction,
	} {
		if !g.chance(g.strays) {
			rule(g)
		}
	}
	settleContexts(g)
	settleObjects(g)
}

// get returns what the chart sees at a path: the drawn values over the defaults, without what null removes.
func (g *generator) get(path ...string) any {
	return at(overlay(g.defaults, g.values), path...)
}

// section is the same for a map.
func (g *generator) section(path ...string) map[string]any {
	section, _ := g.get(path...).(map[string]any)
	return section
}

// names returns the sorted names of a map's entries.
func (g *generator) names(path ...string) []string {
	return slices.Sorted(maps.Keys(g.section(path...)))
}

// set writes a value at a path; maps above it are made where there are none.
func (g *generator) set(value any, path ...string) {
	into := g.values
	for _, name := range path[:len(path)-1] {
		below, ok := into[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			into[name] = below
		}
		into = below
	}
	into[path[len(path)-1]] = value
}

// remove takes an entry out, also one of the defaults.
func (g *generator) remove(path ...string) { g.set(nil, path...) }

// at returns what stands at a path in a map of maps; nil if nothing does.
func at(value any, path ...string) any {
	for _, name := range path {
		below, _ := value.(map[string]any)
		value = below[name]
	}
	return value
}

// overlay lays values over others, as Helm does.
func overlay(under, over map[string]any) map[string]any {
	merged := map[string]any{}
	for name, value := range under {
		if value != nil {
			merged[name] = value
		}
	}
	for name, value := range over {
		switch value := value.(type) {
		case nil:
			delete(merged, name)
		case map[string]any:
			below, _ := merged[name].(map[string]any)
			merged[name] = overlay(below, value)
		default:
			merged[name] = value
		}
	}
	return merged
}

// number returns a number at a path; 0 if there is none.
func number(section map[string]any, path ...string) float64 {
	n, _ := at(section, path...).(float64)
	return n
}

// keyAt returns the key of a path, in which "*" is any entry.
func (g *generator) keyAt(path ...string) *key {
	k := g.root
	for _, name := range path {
		k = k.under(name)
	}
	return k
}
