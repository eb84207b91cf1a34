package values

// Rules of k8s.io/kubernetes/pkg/apis/autoscaling/validation.
var validAutoscaling = map[string]func(*generator, *key, map[string]any){
	"v2.MetricSpec": func(g *generator, k *key, o map[string]any) {
		sources := map[string]string{"containerResource": "ContainerResource", "external": "External", "object": "Object", "pods": "Pods", "resource": "Resource"}
		o["type"] = sources[g.one(k, o, "containerResource", "external", "object", "pods", "resource")]
	},
	"v2.MetricTarget": func(g *generator, k *key, o map[string]any) {
		// A share is one of the pods' requests, and Pods have only an average.
		names := []string{"value", "averageValue"}
		switch {
		case inside(k, "resource"), inside(k, "containerResource"):
			names = []string{"averageUtilization", "averageValue"}
		case inside(k, "pods"):
			names = []string{"averageValue"}
		}
		types := map[string]string{"value": "Value", "averageValue": "AverageValue", "averageUtilization": "Utilization"}
		for name := range types {
			delete(o, name)
		}
		name := pick(g, names...)
		for _, other := range names {
			if g.focus[k.properties[other]] {
				name = other
			}
		}
		o["type"], o[name] = types[name], quantity(g)
		if name == "averageUtilization" {
			o[name] = float64(1 + g.random.IntN(200))
		}
	},
	"v2.MetricIdentifier": func(g *generator, k *key, o map[string]any) { o["name"] = label(g) },
	"v2.CrossVersionObjectReference": func(g *generator, k *key, o map[string]any) {
		o["kind"], o["name"] = pick(g, "Service", "Ingress"), label(g)
		g.replace(o, "apiVersion", func() any { return pick(g, "v1", "networking.k8s.io/v1") })
	},
	"v2.ResourceMetricSource": func(g *generator, k *key, o map[string]any) { o["name"] = pick(g, "cpu", "memory") },
	"v2.ContainerResourceMetricSource": func(g *generator, k *key, o map[string]any) {
		o["name"], o["container"] = pick(g, "cpu", "memory"), label(g)
	},
	"v2.HPAScalingRules": func(g *generator, k *key, o map[string]any) {
		neverEmpty(o, "policies")
	},
}
