package values

import (
	"fmt"
	"slices"
	"strings"
)

// validObjects make what was drawn from a type alone into what the API server takes of that type: rules of Kubernetes and
// of the Gateway API that OpenAPI, and so the chart's schema, does not have. By the name of the definition.
var validObjects map[string]func(g *generator, k *key, object map[string]any)

// validTexts draw texts of which the schema's pattern says too little.
var validTexts map[string]func(g *generator, k *key) string

// They draw values themselves, so that they can only be put here.
func init() {
	validTexts = map[string]func(*generator, *key) string{"cron": cron, "timeZone": timeZone}
	validObjects = map[string]func(*generator, *key, map[string]any){}
	for group, valid := range map[string][]map[string]func(*generator, *key, map[string]any){
		"":                                      {validGateway},
		"io.k8s.api.core.v1.":                   {validPods, validVolumes, validScheduling},
		"io.k8s.api.autoscaling.":               {validAutoscaling},
		"io.k8s.api.networking.":                {validNetworking},
		"io.k8s.api.rbac.":                      {validRoles},
		"io.k8s.apimachinery.pkg.apis.meta.v1.": {validSelectors},
	} {
		for _, rules := range valid {
			for name, rule := range rules {
				validObjects[group+name] = rule
			}
		}
	}
}

// must draws a value that is not null.
func (g *generator) must(k *key) any {
	for {
		if value := g.value(k, nil); value != nil {
			return value
		}
	}
}

// need draws a property that is missing or null.
func (g *generator) need(k *key, object map[string]any, name string) any {
	if object[name] == nil {
		object[name] = g.must(k.properties[name])
	}
	return object[name]
}

// one keeps one of several properties that exclude each other, and returns its name.
func (g *generator) one(k *key, object map[string]any, names ...string) string {
	kept := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return object[name] == nil })
	if len(kept) == 0 {
		kept = names
	}
	for _, name := range names {
		if g.focus[k.properties[name]] {
			kept = []string{name}
		}
	}
	name := pick(g, kept...)
	for _, other := range names {
		if other != name {
			delete(object, other)
		}
	}
	g.need(k, object, name)
	return name
}

// atLeastOne draws an item for a list that has none.
func (g *generator) atLeastOne(k *key, object map[string]any, name string) {
	if list, _ := object[name].([]any); len(list) == 0 {
		object[name] = []any{g.must(k.properties[name].item)}
	}
}

// neverEmpty removes a list without items.
func neverEmpty(object map[string]any, names ...string) {
	for _, name := range names {
		if list, ok := object[name].([]any); ok && len(list) == 0 {
			delete(object, name)
		}
	}
}

// replace draws a property anew where one was drawn.
func (g *generator) replace(object map[string]any, name string, draw func() any) {
	if object[name] != nil {
		object[name] = draw()
	}
}

// inside says whether a key stands somewhere below a property of this name.
func inside(k *key, name string) bool { return strings.Contains("."+k.path+".", "."+name+".") }

func subdomain(g *generator) string {
	return pick(g, "a", "example", "a.b", "example.com", fmt.Sprintf("x%d", g.random.IntN(1000)), strings.Repeat("a", 63))
}

func label(g *generator) string { return strings.ReplaceAll(subdomain(g), ".", "-") }

func labelName(g *generator) string {
	return pick(g, "app", "a", "example.com/a", "topology.kubernetes.io/zone", fmt.Sprintf("X_%d.y", g.random.IntN(1000)))
}

// relativePath is one of a million, so that no two are the same.
func relativePath(g *generator) string {
	return pick(g, "", "a/", ".b/c/") + fmt.Sprintf("file-%d", g.random.IntN(1_000_000))
}

func quantity(g *generator) any {
	return pick[any](g, 1.0, 2.0, "1", "100m", "1Gi", "0.5", "1e3", 1.5)
}

// timeZone is one that there is, or none.
func timeZone(g *generator, _ *key) string {
	return pick(g, "", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "EST5EDT", "GMT")
}

// cron is a schedule, mostly without ranges that run backwards.
func cron(g *generator, k *key) string {
	if g.chance(30) {
		return matching(g.random, k.pattern, k.minLength, k.maxLength)
	}
	if g.chance(4) {
		return "@" + pick(g, "yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly", "every 1h30m", "every 0.5h")
	}
	field := func(low, high int) string {
		from := low + g.random.IntN(high-low+1)
		to := from + g.random.IntN(high-from+1)
		written := pick(g, "*", fmt.Sprint(from), fmt.Sprintf("%d-%d", from, to), fmt.Sprintf("%d,%d", from, to))
		return written + pick(g, "", "", fmt.Sprintf("/%d", 1+g.random.IntN(30)))
	}
	weekday := pick(g, field(0, 6), "MON", "Mon-fri", "SUN,WED/2", "?")
	return strings.Join([]string{field(0, 59), field(0, 23), field(1, 31), pick(g, field(1, 12), "JAN", "feb-Jun"), weekday}, pick(g, " ", "  "))
}
