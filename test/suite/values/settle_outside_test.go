package values

import (
	"regexp"
	"strings"
)

// settleService keeps the Service where something leads to it.
func settleService(g *generator) {
	leads := []string{"ingress", "httpRoute", "grpcRoute", "serviceMonitor"}
	if len(g.names("ports")) == 0 {
		for _, name := range leads {
			g.set(false, name, "enabled")
		}
	}
	led := false
	for _, name := range leads {
		if g.get(name, "enabled") == true {
			g.set(true, "service", "enabled")
			led = true
		}
	}
	outside := g.get("service", "type") != "ClusterIP"
	for _, name := range g.names("ports") {
		if led || outside && g.get("ports", name, "service") == nil {
			g.set(true, "ports", name, "service")
		}
	}
	if outside {
		g.remove("service", "clusterIP")
	} else {
		g.remove("service", "externalTrafficPolicy")
	}
}

// wholeHosts gives hosts of one word a domain.
func (g *generator) wholeHosts(path ...string) {
	for _, host := range g.names(path...) {
		if domain, _ := g.get("domain").(string); domain == "" && !strings.Contains(host, ".") && host != "*" {
			g.set("example.com", "domain")
		}
	}
}

// pattern is what an Ingress takes for a pattern, if it is told to.
var pattern = regexp.MustCompile(`[][{}|^\\]|\(.*[*+?].*\)|\.[*+]|[$*]$`)

// port refers to one of the ports. One that the case is about is declared.
func (g *generator) port(byDefault string, path ...string) {
	port, _ := g.get(path...).(string)
	if port != "" && g.focus[g.keyAt(path...)] && g.section("ports", port) == nil {
		g.set(map[string]any{"port": float64(30000 + g.random.IntN(2000))}, "ports", port)
	}
	if port == "" {
		port = byDefault
	}
	if names := g.names("ports"); g.section("ports", port) == nil && len(names) > 0 {
		g.set(pick(g, names...), path...)
	}
}

// badPath is what neither an Ingress nor an HTTPRoute takes as a path.
var badPath = regexp.MustCompile(`//|/\.\.?(/|$)|%2[fF]`)

func settleIngress(g *generator) {
	if len(g.names("ingress", "hosts")) == 0 {
		g.set(map[string]any{}, "ingress", "hosts", "api.example.com")
	}
	for _, host := range g.names("ingress", "hosts") {
		if len(g.names("ingress", "hosts", host, "paths")) == 0 {
			g.set(map[string]any{}, "ingress", "hosts", host, "paths", "/")
		}
		for _, path := range g.names("ingress", "hosts", host, "paths") {
			g.port("http", "ingress", "hosts", host, "paths", path, "port")
			if badPath.MatchString(path) || pattern.MatchString(path) {
				g.set("ImplementationSpecific", "ingress", "hosts", host, "paths", path, "pathType")
			}
		}
		if address.MatchString(host) {
			g.set(g.section("ingress", "hosts", host), "ingress", "hosts", host+".example.com")
			g.remove("ingress", "hosts", host)
		}
	}
	g.wholeHosts("ingress", "hosts")
	if g.get("ingress", "tls", "clusterIssuer") != nil && g.get("ingress", "tls", "issuer") != nil {
		g.remove("ingress", "tls", pick(g, "clusterIssuer", "issuer"))
	}
}

var address = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)

func settleRoutes(g *generator) {
	for _, route := range []string{"httpRoute", "grpcRoute"} {
		if release, _ := g.get(route, "canary", "release").(string); release == "" {
			g.set(0.0, route, "canary", "weight")
		}
		g.wholeHosts(route, "hostnames")
		if len(g.names(route, "parentRefs")) == 0 {
			g.set(map[string]any{}, route, "parentRefs", "the-gateway")
		}
	}
	if len(g.names("grpcRoute", "services")) == 0 {
		g.set(map[string]any{}, "grpcRoute", "services", "the.package.Service")
	}
	for _, service := range g.names("grpcRoute", "services") {
		g.port("grpc", "grpcRoute", "services", service, "port")
	}
	if len(g.names("httpRoute", "paths")) == 0 {
		g.set(map[string]any{}, "httpRoute", "paths", "/")
	}
	for _, path := range g.names("httpRoute", "paths") {
		at := []string{"httpRoute", "paths", path}
		g.port("http", append(at, "port")...)
		if badPath.MatchString(path) {
			g.set("RegularExpression", append(at, "type")...)
		}
		if request := g.get(append(at, "timeouts", "request")...); request != nil && g.get(append(at, "timeouts", "backendRequest")...) != nil {
			g.set(request, append(at, "timeouts", "backendRequest")...)
		}
		g.settleFilters(at)
	}
}

// settleFilters leaves one filter of each type.
func (g *generator) settleFilters(path []string) {
	filters, _ := g.get(append(path, "filters")...).([]any)
	seen := map[any]bool{}
	var kept []any
	for _, filter := range filters {
		filter := filter.(map[string]any)
		if seen[filter["type"]] {
			continue
		}
		seen[filter["type"]] = true
		kept = append(kept, filter)
		if at(filter, "urlRewrite", "path", "replacePrefixMatch") != nil && !badPath.MatchString(path[len(path)-1]) {
			g.set("PathPrefix", append(path, "type")...)
		}
	}
	if len(kept) < len(filters) {
		g.set(kept, append(path, "filters")...)
	}
}

func settleMonitoring(g *generator) {
	g.port("", "serviceMonitor", "port")
	if len(g.names("prometheusRule", "alerts")) == 0 {
		g.set(map[string]any{"expr": "up == 0"}, "prometheusRule", "alerts", "Down")
	}
}

// settleSecrets makes each Secret of something, and no hook wait for one.
func settleSecrets(g *generator) {
	variables := false
	for _, name := range g.names("externalSecrets") {
		secret := g.section("externalSecrets", name)
		variables = variables || secret["env"] == true
		if extract, _ := secret["extract"].(string); extract == "" && len(g.names("externalSecrets", name, "data")) == 0 {
			g.set(pick(g, "a/b", "true"), "externalSecrets", name, "extract")
		}
	}
	for _, name := range g.names("jobs") {
		job := g.section("jobs", name)
		if image, _ := job["image"].(map[string]any); variables && len(image) == 0 {
			g.set([]any{pick(g, "post-install", "pre-upgrade", "pre-rollback")}, "jobs", name, "hooks")
		}
	}
}

func settleAccount(g *generator) {
	if automount := g.section("serviceAccount"); automount["automount"] != nil && automount["automountToken"] != nil {
		g.remove("serviceAccount", pick(g, "automount", "automountToken"))
	}
	name, _ := g.get("serviceAccount", "name").(string)
	if len(g.names("serviceAccount", "rules")) > 0 && g.get("serviceAccount", "create") != true && name == "" {
		g.set(true, "serviceAccount", "create")
	}
}

// settleObjects draws further objects that are complete.
func settleObjects(g *generator) {
	for _, name := range g.names("extraObjects") {
		object := pick(g,
			map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": text(g.random, 0, 0), "b": "{{ .Release.Name }}", "c": nil}},
			map[string]any{"apiVersion": "v1", "kind": "ResourceQuota", "spec": map[string]any{"hard": map[string]any{"pods": 0.0}}},
			map[string]any{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 20250811.0, "globalDefault": false},
			map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": map[string]any{"podSelector": map[string]any{}, "ingress": []any{map[string]any{}}}},
		)
		if data, _ := object["data"].(map[string]any); data != nil && data["a"] == "{{" {
			delete(data, "a") // no template
		}
		object["metadata"] = pick[any](g, nil, map[string]any{}, map[string]any{"name": label(g)}, map[string]any{"labels": map[string]any{"app": "other", "a": "{{ .Values.client }}"}, "annotations": nil})
		g.set(object, "extraObjects", name)
	}
}

// settleProduction keeps production's rules, or says that this is not production.
func settleProduction(g *generator) {
	environment, _ := g.get("environment").(string)
	if g.get("productionEnvironments", environment) != true {
		return
	}
	if g.chance(2) {
		g.set(false, "productionEnvironments", environment)
		return
	}
	for _, scaler := range []string{"autoscaling", "keda"} {
		if own, given := g.get(scaler, "minReplicas").(float64); given && own < 2 {
			g.remove(scaler, "minReplicas")
		}
		if number(g.section(scaler), "maxReplicas") < 2 {
			g.set(2.0, scaler, "maxReplicas")
		}
	}
	if number(g.section(), "replicas") < 2 && g.get("singleton") != true {
		for _, name := range g.names("volumes") {
			if g.get("volumes", name, "claim", "accessModes") != nil {
				g.remove("volumes", name, "claim", "accessModes")
			}
		}
		g.set(2.0, "replicas")
	}
	if g.get("resources", "limits", "memory") == nil {
		g.set("2T", "resources", "limits", "memory")
	}
	g.set(true, "podDisruptionBudget", "enabled")
	if tag, _ := g.get("image", "tag").(string); moving.MatchString(tag) {
		g.set("prod-1", "image", "tag")
	}
}

// moving are tags that name one image today and another tomorrow.
var moving = regexp.MustCompile(`^(latest|dev|stg|prod|master|main)$|-latest$`)
