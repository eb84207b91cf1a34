package values

import "fmt"

// Rules about where pods run.
var validScheduling = map[string]func(*generator, *key, map[string]any){
	"TopologySpreadConstraint": func(g *generator, k *key, o map[string]any) {
		if o["minDomains"] != nil {
			o["whenUnsatisfiable"] = "DoNotSchedule"
		}
	},
	"NodeSelector": func(g *generator, k *key, o map[string]any) { g.atLeastOne(k, o, "nodeSelectorTerms") },
	"NodeSelectorRequirement": func(g *generator, k *key, o map[string]any) {
		o["key"] = labelName(g)
		if inside(k, "matchFields") {
			o["key"], o["operator"], o["values"] = "metadata.name", pick(g, "In", "NotIn"), []any{subdomain(g)}
			return
		}
		validRequirement(g, o)
		if o["operator"] == "Gt" || o["operator"] == "Lt" {
			o["values"] = []any{fmt.Sprint(g.random.IntN(1000))}
		}
	},
	"PodAffinityTerm": func(g *generator, k *key, o map[string]any) {
		o["topologyKey"] = labelName(g)
		if list, ok := o["namespaces"].([]any); ok {
			for i := range list {
				list[i] = label(g)
			}
		}
		delete(o, "mismatchLabelKeys")
		for i, name := range []string{"matchLabelKeys", "mismatchLabelKeys"} {
			if o[name] != nil || g.focus[k.properties[name]] {
				g.need(k, o, "labelSelector")
				o[name] = []any{fmt.Sprintf("example.com/key-%d%d", i, g.random.IntN(100))}
			}
		}
	},
	"Toleration": func(g *generator, k *key, o map[string]any) {
		g.replace(o, "key", func() any { return labelName(g) })
		g.replace(o, "value", func() any { return label(g) })
		if o["key"] == nil {
			o["operator"] = "Exists"
		}
		if o["operator"] == "Exists" {
			delete(o, "value")
		}
		if o["tolerationSeconds"] != nil {
			o["effect"] = "NoExecute"
		}
	},
}

// Rules about selectors: k8s.io/apimachinery/pkg/apis/meta/v1/validation.
var validSelectors = map[string]func(*generator, *key, map[string]any){
	"LabelSelector": func(g *generator, k *key, o map[string]any) {
		g.replace(o, "matchLabels", func() any { return map[string]any{labelName(g): label(g), "gone": nil} })
	},
	"LabelSelectorRequirement": func(g *generator, k *key, o map[string]any) {
		o["key"] = labelName(g)
		validRequirement(g, o)
	},
}

func validRequirement(g *generator, o map[string]any) {
	delete(o, "values")
	if o["operator"] == "In" || o["operator"] == "NotIn" {
		o["values"] = pick(g, []any{label(g)}, []any{"a", "B.c_d"})
	}
}

// Rules of k8s.io/kubernetes/pkg/apis/networking/validation.
var validNetworking = map[string]func(*generator, *key, map[string]any){
	"v1.NetworkPolicyPort": func(g *generator, k *key, o map[string]any) {
		port, isNumber := o["port"].(float64)
		if o["endPort"] != nil && !isNumber {
			port = float64(1 + g.random.IntN(60000))
			o["port"] = port
		}
		g.replace(o, "endPort", func() any { return min(port+float64(g.random.IntN(1000)), 65535) })
	},
	"v1.NetworkPolicyPeer": func(g *generator, k *key, o map[string]any) {
		if g.one(k, o, "ipBlock", "namespaceSelector", "podSelector") == "podSelector" && g.chance(2) {
			g.need(k, o, "namespaceSelector")
		}
	},
	"v1.IPBlock": func(g *generator, k *key, o map[string]any) {
		o["cidr"] = pick(g, "10.0.0.0/8", "0.0.0.0/0")
		g.replace(o, "except", func() any { return pick(g, []any{}, []any{"10.1.0.0/16"}, []any{"10.2.3.4/32"}) })
	},
}

// Rules of k8s.io/kubernetes/pkg/apis/rbac/validation.
var validRoles = map[string]func(*generator, *key, map[string]any){
	"v1.PolicyRule": func(g *generator, k *key, o map[string]any) {
		for _, name := range []string{"apiGroups", "resources", "verbs"} {
			g.atLeastOne(k, o, name)
		}
	},
}
