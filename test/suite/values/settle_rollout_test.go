//go:build long

package values

import (
	"math"
	"regexp"
)

var validTag = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// settleProbes leaves each probe of the service one handler, and a port that is there.
func settleProbes(g *generator) {
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		if g.get(probe) == nil {
			continue
		}
		g.oneOf([]string{probe}, "exec", "grpc", "httpGet", "tcpSocket")
		for _, handler := range []string{"httpGet", "tcpSocket"} {
			port, isName := g.get(probe, handler, "port").(string)
			if !isName || g.section("ports", port) != nil {
				continue
			}
			if names := g.names("ports"); len(names) > 0 {
				g.set(pick(g, names...), probe, handler, "port")
			} else {
				g.set(float64(1+g.random.IntN(65535)), probe, handler, "port")
			}
		}
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
	for _, hook := range []string{"postStart", "preStop"} {
		if g.get("lifecycle", hook) != nil {
			g.oneOf([]string{"lifecycle", hook}, "exec", "httpGet", "sleep")
		}
	}
	sleep := math.Max(number(g.section("lifecycle"), "preStop", "sleep", "seconds"), number(g.section("lifecycle"), "postStart", "sleep", "seconds"))
	if number(g.section(), "shutdownSeconds") > math.MaxInt32-100 {
		g.set(math.MaxInt32-100.0, "shutdownSeconds")
	}
	// Sidecars sleep 20 seconds at most.
	need := math.Max(20, sleep+number(g.section(), "shutdownSeconds"))
	if number(g.section(), "terminationGracePeriodSeconds") < need {
		g.set(need+float64(g.random.IntN(20)), "terminationGracePeriodSeconds")
	}
}

// settleResources keeps requests below limits, of which the defaults have some.
func settleResources(g *generator) {
	for name := range g.section("resources", "requests") {
		if at(g.values, "resources", "requests", name) != nil && at(g.values, "resources", "limits", name) == nil && g.get("resources", "limits", name) != nil {
			g.remove("resources", "limits", name)
		}
		if at(g.values, "resources", "requests", name) == nil && at(g.values, "resources", "limits", name) != nil {
			g.remove("resources", "requests", name)
		}
	}
	if g.get("resources", "requests", "example.com/gpu") != nil && g.get("resources", "limits", "example.com/gpu") == nil {
		g.remove("resources", "requests", "example.com/gpu")
	}
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

// settleReplicas turns one autoscaler on at most, and gives it room.
func settleReplicas(g *generator) {
	if g.get("autoscaling", "enabled") == true && g.get("keda", "enabled") == true {
		g.set(false, pick(g, "autoscaling", "keda"), "enabled")
	}
	for _, scaler := range []string{"autoscaling", "keda"} {
		if g.get(scaler, "enabled") != true {
			continue
		}
		least := 1.0
		if scaler == "keda" {
			least = 0
		}
		if number(g.section(), "replicas") < least {
			g.set(1.0, "replicas")
		}
		if number(g.section(scaler), "minReplicas") > number(g.section(), "replicas") {
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
