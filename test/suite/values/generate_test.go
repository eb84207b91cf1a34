package values

import (
	"encoding/json"
	"hash/maphash"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// draft is the values of one case.
type draft struct {
	values map[string]any
	// wild says that what the chart passes to Kubernetes was partly drawn from its types alone, so that the server may refuse it.
	wild bool
	// loose says that the security contexts may be looser than Pod Security `restricted`.
	loose bool
}

// generator draws values that the schema admits.
type generator struct {
	random   *rand.Rand
	root     *key
	defaults map[string]any
	wanted   []*key // what is to vary
	drawn    tally
	foci     int  // how many of them a case is about
	strays   int  // once in so many times a rule about values that must fit each other is not kept
	wildness int  // once in so many times a rule of Kubernetes about what the chart passes to it is not kept in a wild case
	allWild  bool // every case is wild and loose

	focus map[*key]bool // what the case is about, and what holds it
	draft
}

// next draws the values of a case.
func (g *generator) next() draft {
	g.draft = draft{wild: g.random.IntN(6) == 0, loose: g.random.IntN(6) == 0}
	if g.allWild {
		g.draft = draft{wild: true, loose: true}
	}
	g.focus = map[*key]bool{}
	for _, k := range g.rarest() {
		for ; k != nil; k = k.parent {
			g.focus[k] = true
		}
	}
	g.values = g.object(g.root, g.defaults)
	g.settle()
	g.drawn.add(g.root, g.root.inEffect(g.values, g.defaults))
	return g.draft
}

// rarest returns some of the wanted keys that had the fewest values so far.
func (g *generator) rarest() []*key {
	g.random.Shuffle(len(g.wanted), func(i, j int) { g.wanted[i], g.wanted[j] = g.wanted[j], g.wanted[i] })
	slices.SortStableFunc(g.wanted, func(a, b *key) int { return len(g.drawn[a]) - len(g.drawn[b]) })
	return g.wanted[:min(g.foci, len(g.wanted))]
}

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.random.IntN(n) == 0 }

// pick returns one of several values.
func pick[T any](g *generator, of ...T) T { return of[g.random.IntN(len(of))] }

// value draws a value. Of the default, what the schema names by name is taken up.
func (g *generator) value(k *key, byDefault any) any {
	if k.null && !g.focus[k] && g.chance(8) {
		return nil
	}
	if k.types == nil {
		return g.anything(2)
	}
	jsonType := pick(g, k.types...)
	if g.focus[k] && (len(k.properties) > 0 || k.entry != nil) && slices.Contains(k.types, "object") {
		jsonType = "object"
	}
	if k.enum != nil {
		return pick(g, k.enum...)
	}
	switch jsonType {
	case "object":
		section, _ := byDefault.(map[string]any)
		return g.object(k, section)
	case "array":
		return g.list(k)
	case "string":
		return g.text(k)
	case "boolean":
		return g.chance(2)
	case "integer":
		return math.Floor(g.number(k))
	default:
		return g.number(k)
	}
}

// object draws a map, or an object with properties.
func (g *generator) object(k *key, byDefault map[string]any) map[string]any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(k.properties)) {
		if p := k.properties[name]; p.required && (k != g.root && byDefault[name] == nil) || g.present(p) {
			object[name] = g.value(p, byDefault[name])
		}
	}
	if switched := k.properties["enabled"]; switched != nil && k != g.root && g.focus[k] && !g.focus[switched] {
		object["enabled"] = true // or the server hears nothing of what the case is about
	}
	if k.entry != nil {
		for range g.entries(k) {
			name := g.name(k, byDefault)
			object[name] = g.value(k.entry, byDefault[name])
		}
	}
	if k.open && len(k.properties) == 0 {
		maps.Copy(object, g.anything(2))
	}
	if valid := validObjects[k.definition]; valid != nil && !(g.wild && passedThrough(k.definition) && g.chance(g.wildness)) {
		valid(g, k, object)
	}
	return object
}

// present says whether a property is drawn at all.
func (g *generator) present(p *key) bool {
	if p.passed {
		return g.focus[p] || g.chance(3)
	}
	return g.focus[p] || g.chance(2)
}

// entries is how many entries a map or list gets.
func (g *generator) entries(k *key) int {
	n := pick(g, 0, 1, 1, 2)
	if g.focus[k.entry] || g.focus[k.item] {
		n = max(n, 1)
	}
	return n
}

// name draws the name of an entry: a new one, or one that the defaults have, so that it overrides or removes that.
func (g *generator) name(k *key, byDefault map[string]any) string {
	if len(byDefault) > 0 && g.chance(2) {
		return pick(g, slices.Sorted(maps.Keys(byDefault))...)
	}
	if k.names == nil {
		return pick(g, "a", "B", "a.b", "a/b", "1", "on", "a b")
	}
	if name := pick(g, booleans...); g.chance(10) && k.nameMatches(name) {
		return name
	}
	return matching(g.random, k.names, 1, k.maxName)
}

// booleans are names that YAML takes for something else if they are not in quotes, as they are here.
var booleans = []string{"on", "off", "y", "n", "yes", "no", "null", "Y", "N", "NO", "1e3", "0x1F"}

func (g *generator) list(k *key) []any {
	list := []any{}
	for range g.entries(k) {
		if item := g.value(k.item, nil); item != nil {
			list = append(list, item)
		}
	}
	return list
}

func (g *generator) text(k *key) string {
	if drawn := validTexts[k.definition]; drawn != nil {
		return drawn(g, k)
	}
	if k.pattern != nil {
		return matching(g.random, k.pattern, k.minLength, k.maxLength)
	}
	return text(g.random, k.minLength, k.maxLength)
}

// number draws small numbers, the bounds, and now and then any number between them.
func (g *generator) number(k *key) float64 {
	low, high := 0.0, float64(math.MaxInt32)
	if k.min != nil {
		low = *k.min
	}
	if k.max != nil {
		high = *k.max
	}
	small := low + g.random.Float64()*math.Min(100, high-low)
	return pick(g, low, low+math.Min(1, high-low), small, small, small, high, low+g.random.Float64()*(high-low))
}

// anything draws a map that nobody looks into.
func (g *generator) anything(depth int) map[string]any {
	drawn := map[string]any{}
	for _, name := range []string{"a", "B", "a.b", "1", "on"} {
		if !g.chance(3) {
			continue
		}
		drawn[name] = pick[any](g, nil, true, 1.0, 20250811.0, 0.5, text(g.random, 0, 0), []any{1.0, "a"}, []any{})
		if depth > 0 && g.chance(3) {
			drawn[name] = g.anything(depth - 1)
		}
	}
	return drawn
}

// tally holds, for each key, the different values that were drawn for it, as hashes.
type tally map[*key]map[uint64]bool

// enough different values of a key are not counted further.
const enough = 1000

var seed = maphash.MakeSeed()

// add counts a value, and all values in it.
func (t tally) add(k *key, value any) {
	if k == nil {
		return
	}
	if t[k] == nil {
		t[k] = map[uint64]bool{}
	}
	if len(t[k]) < enough {
		written, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		t[k][maphash.Bytes(seed, written)] = true
	}
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			t.add(k.under(name), child)
		}
	case []any:
		for _, child := range value {
			t.add(k.item, child)
		}
	}
}
