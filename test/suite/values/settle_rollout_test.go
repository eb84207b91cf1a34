package values

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
)

var validTag = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// settleProbes leaves each probe of the service one handler, and a port that is there.
func settleProbes(g *generator) {
	for _, name := range g.names("sidecars") {
		g.settleSidecar("sidecars", name)
	}
	for _, kind := range []string{"jobs", "cronJobs", "tests"} {
		for _, job := range g.names(kind) {
			for _, name := range g.names(kind, job, "sidecars") {
				g.settleSidecar(kind, job, "sidecars", name)
			}
		}
	}
	if kind := g.get("probes"); (kind == "tcp" || kind == "grpc") && len(g.names("ports")) == 0 {
		g.set("none", "probes")
	}
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		if g.get(probe) == nil {
			continue
		}
		g.oneOf([]string{probe}, "exec", "grpc", "httpGet", "tcpSocket")
		g.portOf(probe, "httpGet")
		g.portOf(probe, "tcpSocket")
	}
}

// settleSidecar lets the probes and hooks of a sidecar name ports of its own.
func (g *generator) settleSidecar(path ...string) {
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		if g.get(append(path, probe)...) != nil {
			g.oneOf(append(path, probe), "exec", "grpc", "httpGet", "tcpSocket")
		}
	}
	ports := g.names(append(path, "ports")...)
	for _, of := range [][]string{{"startupProbe"}, {"readinessProbe"}, {"livenessProbe"}, {"lifecycle", "postStart"}, {"lifecycle", "preStop"}} {
		for _, handler := range []string{"httpGet", "tcpSocket"} {
			port := slices.Concat(path, of, []string{handler, "port"})
			if name, isName := g.get(port...).(string); !isName || slices.Contains(ports, name) {
				continue
			}
			if len(ports) > 0 {
				g.set(pick(g, ports...), port...)
			} else {
				g.set(8080.0, port...)
			}
		}
	}
}

// portOf refers to a port that is there.
func (g *generator) portOf(path ...string) {
	port, isName := g.get(append(path, "port")...).(string)
	if !isName || g.section("ports", port) != nil {
		return
	}
	if names := g.names("ports"); len(names) > 0 {
		g.set(pick(g, names...), append(path, "port")...)
	} else {
		g.set(float64(1+g.random.IntN(65535)), append(path, "port")...)
	}
}

// oneOf leaves one of several properties, of which the defaults may have another than was drawn.
func (g *generator) oneOf(path []string, names ...string) {
	kept := ""
	for _, name := range names {
		if at(g.values, append(path[:len(path):len(path)], name)...) != nil {
			kept = name
		}
	}
	for _, name := range names {
		if kept == "" && g.get(append(path[:len(path):len(path)], name)...) != nil {
			kept = name
		}
	}
	for _, name := range names {
		child := append(path[:len(path):len(path)], name)
		switch {
		case kept == "" || name == kept && g.get(child...) == nil:
			g.set(g.must(g.keyAt(child...)), child...)
			kept = name
		case name != kept && g.get(child...) != nil:
			g.remove(child...)
		}
	}
}

// settleLifecycle leaves each hook one handler, and no longer a sleep than the pod has time.
func settleLifecycle(g *generator) {
	sleep := 20.0 // that of sidecars is at most so long
	for _, hook := range []string{"postStart", "preStop"} {
		if g.get("lifecycle", hook) == nil {
			continue
		}
		g.oneOf([]string{"lifecycle", hook}, "exec", "httpGet", "sleep")
		g.portOf("lifecycle", hook, "httpGet")
		sleep = math.Max(sleep, number(g.section("lifecycle"), hook, "sleep", "seconds"))
	}
	if number(g.section(), "shutdownSeconds") > math.MaxInt32-sleep {
		g.set(math.MaxInt32-sleep, "shutdownSeconds")
	}
	need := sleep + number(g.section(), "shutdownSeconds")
	if number(g.section(), "terminationGracePeriodSeconds") < need {
		g.set(math.Min(need+float64(g.random.IntN(20)), math.MaxInt32), "terminationGracePeriodSeconds")
	}
}

// settleResources keeps requests below limits, of which the defaults have some.
func settleResources(g *generator) {
	paths := [][]string{{"resources"}}
	g.eachContainer(func(path []string, _ map[string]any) { paths = append(paths, append(path, "resources")) })
	for _, path := range paths {
		for _, side := range []string{"limits", "requests"} {
			for _, name := range []string{"memory", "ephemeral-storage"} {
				g.enough(append(path, side, name)...)
			}
		}
	}
	for name := range g.section("resources", "requests") {
		request, limit := g.get("resources", "requests", name), g.get("resources", "limits", name)
		switch {
		case limit == nil && strings.Contains(name, "/"):
			g.remove("resources", "requests", name)
		case limit != nil && quantityOf(limit).Cmp(*quantityOf(request)) < 0:
			g.set(limit, "resources", "requests", name)
		}
	}
}

// enough makes an amount of bytes that no program could live with a larger one.
func (g *generator) enough(path ...string) {
	amount := g.get(path...)
	if amount == nil {
		return
	}
	if least := resource.MustParse("1Mi"); quantityOf(amount).Sign() > 0 && quantityOf(amount).Cmp(least) < 0 {
		g.set("1Mi", path...)
	}
}

func quantityOf(value any) *resource.Quantity {
	if n, ok := value.(float64); ok {
		value = strconv.FormatFloat(n, 'f', -1, 64)
	}
	return ptr.To(resource.MustParse(value.(string)))
}

// settleRollout leaves a rollout a way to go on.
func settleRollout(g *generator) {
	if g.get("strategy", "type") == "Recreate" {
		g.remove("strategy", "rollingUpdate")
	}
	surge, unavailable := g.get("strategy", "rollingUpdate", "maxSurge"), g.get("strategy", "rollingUpdate", "maxUnavailable")
	if (surge == 0.0 || surge == "0%") && (unavailable == nil || unavailable == 0.0 || unavailable == "0%") {
		g.set(pick[any](g, 1.0, "1%", "100%"), "strategy", "rollingUpdate", "maxUnavailable")
	}
	deadline := number(g.section(), "progressDeadlineSeconds")
	if deadline <= number(g.section(), "minReadySeconds") {
		g.set(math.Max(0, math.Min(deadline-1, float64(g.random.IntN(100)))), "minReadySeconds")
	}
}

// settleSingleton makes one pod, if there is to be one only.
func settleSingleton(g *generator) {
	if g.get("singleton") != true {
		return
	}
	g.onePod()
	g.remove("strategy", "rollingUpdate")
}

// settleReplicas turns one autoscaler on at most, and gives it room.
func settleReplicas(g *generator) {
	if g.get("replicas") == nil {
		scaler := pick(g, "autoscaling", "keda", "")
		if scaler == "" || g.get("singleton") == true || g.get(scaler, "enabled") != true || g.get(scaler, "minReplicas") == nil {
			g.set(float64(1+g.random.IntN(5)), "replicas")
		}
	}
	if g.get("autoscaling", "enabled") == true && g.get("keda", "enabled") == true {
		off := pick(g, "autoscaling", "keda")
		if g.focus[g.keyAt(off)] {
			off = map[string]string{"autoscaling": "keda", "keda": "autoscaling"}[off]
		}
		g.set(false, off, "enabled")
	}
	for _, scaler := range []string{"autoscaling", "keda"} {
		if g.get(scaler, "enabled") != true {
			continue
		}
		least := 1.0
		if scaler == "keda" {
			least = 0
		}
		if g.get("replicas") != nil && number(g.section(), "replicas") < least {
			g.set(1.0, "replicas")
		}
		if g.get("replicas") != nil && number(g.section(scaler), "minReplicas") > number(g.section(), "replicas") {
			g.set(number(g.section(scaler), "minReplicas"), "replicas")
		}
		minimum := number(g.section(), "replicas")
		if own, given := g.get(scaler, "minReplicas").(float64); given {
			minimum = own
		}
		if number(g.section(scaler), "maxReplicas") < minimum {
			g.set(math.Min(minimum+float64(g.random.IntN(10)), math.MaxInt32), scaler, "maxReplicas")
		}
	}
}

// settleAutoscaling gives the autoscaler something to look at.
func settleAutoscaling(g *generator) {
	autoscaling := g.section("autoscaling")
	for _, resource := range []string{"cpu", "memory"} {
		if autoscaling[resource+"Utilization"] != nil && g.get("resources", "requests", resource) == nil {
			g.set("1m", "resources", "requests", resource)
		}
	}
	if autoscaling["cpuUtilization"] == nil && autoscaling["memoryUtilization"] == nil && len(g.names("autoscaling", "metrics")) == 0 {
		g.set(g.must(g.keyAt("autoscaling", "metrics", "*")), "autoscaling", "metrics", "drawn")
	}
	if len(g.names("keda", "triggers")) == 0 {
		g.set(g.must(g.keyAt("keda", "triggers", "*")), "keda", "triggers", "drawn")
	}
}

// settleBudget lets a node be drained.
func settleBudget(g *generator) {
	budget := g.section("podDisruptionBudget")
	if unavailable := budget["maxUnavailable"]; unavailable == nil || unavailable == 0.0 || unavailable == "0%" {
		g.set(pick[any](g, 1.0, "10%"), "podDisruptionBudget", "maxUnavailable")
	}
	if available, isNumber := budget["minAvailable"].(float64); isNumber && available > 0 || budget["minAvailable"] == "100%" {
		g.set(pick[any](g, 1.0, "50%", 0.0, nil), "podDisruptionBudget", "minAvailable")
	}
}
