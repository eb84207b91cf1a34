package values

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// settleContexts leaves the security contexts their defaults, unless they may be loose. Then it lets none forbid what the
// service's, over which it is laid, needs.
func settleContexts(g *generator) {
	g.eachContainer(func(path []string, _ map[string]any) {
		own := append(path, "securityContext")
		context := overlay(g.section("securityContext"), g.section(own...))
		added, _ := at(context, "capabilities", "add").([]any)
		if context["allowPrivilegeEscalation"] == false && (context["privileged"] == true || slices.Contains(added, any("CAP_SYS_ADMIN"))) {
			g.set(true, append(own, "allowPrivilegeEscalation")...)
		}
	})
	for _, name := range []string{"podSecurityContext", "securityContext"} {
		if value, given := g.values[name]; given && value == nil && !g.loose {
			delete(g.values, name)
		}
	}
}

func settleImage(g *generator) {
	if environment, _ := g.get("environment").(string); environment == "" {
		g.set(pick(g, "dev", "stg", "prod", "dev-2", "1"), "environment")
	}
	repository, _ := g.get("image", "repository").(string)
	if registry, _ := g.get("image", "registry").(string); repository == "" && registry == "" {
		g.set("registry.example.com/the-project/example", "image", "repository")
	}
	switch tag := g.get("image", "tag").(type) {
	case string:
		if !validTag.MatchString(tag) {
			g.set(pick(g, "dev-1", "1.0", "true", "_", strings.Repeat("a", 128)), "image", "tag")
		}
	case float64:
		g.set(math.Floor(math.Mod(math.Abs(tag), 1<<53)), "image", "tag")
	default:
		g.set(pick[any](g, "dev-1", 20250811.0, 0.0), "image", "tag")
	}
	g.eachContainer(func(path []string, container map[string]any) {
		if image, _ := at(g.values, append(path, "image")...).(map[string]any); len(image) == 0 {
			return
		}
		image, _ := container["image"].(map[string]any)
		if repository, _ := image["repository"].(string); repository == "" {
			g.set("registry.example.com/other", append(path, "image", "repository")...)
		}
		if digest, _ := image["digest"].(string); digest == "" && (image["tag"] == nil || image["tag"] == "") {
			g.set(pick[any](g, "1.0", 20250811.0), append(path, "image", "tag")...)
		}
	})
}

// kinds are the maps of containers that the chart has besides the service's own.
var kinds = []string{"initContainers", "sidecars", "jobs", "cronJobs", "tests"}

// eachContainer visits the containers of all kinds, those of a job's pod too.
func (g *generator) eachContainer(visit func(path []string, container map[string]any)) {
	for _, kind := range kinds {
		for _, name := range g.names(kind) {
			visit([]string{kind, name}[:2:2], g.section(kind, name))
			for _, beside := range []string{"initContainers", "sidecars"} {
				for _, other := range g.names(kind, name, beside) {
					visit([]string{kind, name, beside, other}[:4:4], g.section(kind, name, beside, other))
				}
			}
		}
	}
}

// settlePorts gives ports different numbers.
func settlePorts(g *generator) {
	seen := map[string]bool{}
	for i, name := range g.names("ports") {
		port := g.section("ports", name)
		protocol, _ := port["protocol"].(string)
		if protocol == "" {
			protocol = "TCP"
		}
		numbers := map[string]float64{"port": number(port, "port"), "containerPort": number(port, "containerPort"), "nodePort": number(port, "nodePort")}
		if numbers["containerPort"] == 0 {
			numbers["containerPort"] = numbers["port"]
		}
		for _, field := range []string{"port", "containerPort"} {
			if seen[fmt.Sprint(field, numbers[field], protocol)] {
				numbers[field] = float64(20000 + i)
				g.set(numbers[field], "ports", name, field)
			}
			seen[fmt.Sprint(field, numbers[field], protocol)] = true
		}
		if nodePort := fmt.Sprint("nodePort", numbers["nodePort"]); numbers["nodePort"] > 0 {
			if g.get("service", "type") == "ClusterIP" || seen[nodePort] {
				g.remove("ports", name, "nodePort")
			}
			seen[nodePort] = true
		}
	}
}

// settleConfig leaves one source of configuration files.
func settleConfig(g *generator) {
	existing, _ := g.get("config", "existingConfigMap").(string)
	if existing != "" && len(g.names("config", "files")) > 0 {
		g.remove("config", pick(g, "existingConfigMap", "files"))
	}
	if existing, _ = g.get("config", "existingConfigMap").(string); existing != "" || len(g.names("config", "files")) > 0 {
		if g.section("volumes", "config") != nil {
			g.remove("volumes", "config")
		}
	}
}

// settleVolumes leaves each volume one source.
func settleVolumes(g *generator) {
	for _, name := range g.names("volumes") {
		k := g.keyAt("volumes", "*")
		var sources []string
		for _, source := range g.sources(k) {
			if g.get("volumes", name, source) != nil {
				sources = append(sources, source)
			}
		}
		if len(sources) == 0 {
			source := pick(g, g.sources(k)...)
			g.set(g.must(k.properties[source]), "volumes", name, source)
			sources = []string{source}
		}
		g.enough("volumes", name, "emptyDir", "sizeLimit")
		g.enough("volumes", name, "claim", "size")
		kept := pick(g, sources...)
		for _, source := range sources {
			if g.focus[k.properties[source]] {
				kept = source
			}
		}
		for _, source := range sources {
			if source != kept {
				g.remove("volumes", name, source)
			}
		}
		if g.get("volumes", name, "claim", "accessModes") != nil {
			g.set(pick(g, []any{}, []any{"ReadWriteMany"}, []any{"ReadOnlyMany", "ReadWriteMany"}), "volumes", name, "claim", "accessModes")
			if g.chance(4) {
				g.set([]any{pick(g, "ReadWriteOnce", "ReadWriteOncePod")}, "volumes", name, "claim", "accessModes")
				g.onePod()
			}
		}
	}
}

// sources are the properties of a volume that say what it is made of.
func (g *generator) sources(k *key) []string {
	var sources []string
	for name := range k.properties {
		if !slices.Contains([]string{"mountPath", "subPath", "subPathExpr", "readOnly"}, name) {
			sources = append(sources, name)
		}
	}
	slices.Sort(sources)
	return sources
}

// onePod makes one pod at a time.
func (g *generator) onePod() {
	g.set(1.0, "replicas")
	g.set("Recreate", "strategy", "type")
	g.set(false, "autoscaling", "enabled")
	g.set(false, "keda", "enabled")
}

// settleContainers gives the containers of a pod different names.
func settleContainers(g *generator) {
	different := func(own string, pod ...string) {
		taken := map[string]bool{own: true}
		for _, kind := range []string{"initContainers", "sidecars"} {
			path := append(pod[:len(pod):len(pod)], kind)
			for _, name := range g.names(path...) {
				if taken[name] {
					g.remove(append(path, name)...)
				}
				taken[name] = true
			}
		}
	}
	different(g.serviceName())
	for _, kind := range []string{"jobs", "cronJobs", "tests"} {
		for _, name := range g.names(kind) {
			different(name, kind, name)
		}
	}
}

// settleVariables declares the variable that texts refer to.
func settleVariables(g *generator) {
	declare := func(path []string, container map[string]any) {
		for _, field := range []string{"command", "args", "env"} {
			if strings.Contains(fmt.Sprint(container[field]), "$(A)") {
				g.set("a", append(path[:len(path):len(path)], "env", "A")...)
			}
		}
	}
	declare(nil, g.section())
	g.eachContainer(declare)
}

// settleLabels leaves the chart its own labels.
func settleLabels(g *generator) {
	paths := [][]string{{"labels"}, {"podLabels"}}
	for _, kind := range []string{"grpcRoute", "httpRoute", "ingress", "service", "serviceAccount"} {
		paths = append(paths, []string{kind, "labels"})
	}
	for _, kind := range []string{"jobs", "cronJobs", "tests"} {
		for _, name := range g.names(kind) {
			paths = append(paths, []string{kind, name, "podLabels"})
		}
	}
	for _, path := range paths {
		for _, label := range []string{"app", "client", "env"} {
			if g.get(append(path, label)...) != nil {
				g.remove(append(path, label)...)
			}
		}
	}
}

// settleDNS says which name servers are asked where the cluster's are not.
func settleDNS(g *generator) {
	if servers, _ := g.get("dnsConfig", "nameservers").([]any); g.get("dnsPolicy") == "None" && len(servers) == 0 {
		g.set([]any{"10.0.0.53"}, "dnsConfig", "nameservers")
	}
}

func (g *generator) serviceName() string {
	if name, _ := g.get("fullnameOverride").(string); name != "" {
		return name
	}
	return releaseName
}

// settleMounts lets containers mount volumes that are there, each at a place of its own.
func settleMounts(g *generator) {
	seen := map[any]bool{g.get("config", "mountPath"): true}
	free := func(path []string, wanted any) {
		if wanted != nil && seen[wanted] {
			wanted = fmt.Sprintf("/mnt/%d", len(seen))
			g.set(wanted, path...)
		}
		seen[wanted] = true
	}
	for _, name := range g.names("volumes") {
		if g.get("volumes", name, "subPath") != nil {
			g.remove("volumes", name, "subPathExpr")
		}
		free([]string{"volumes", name, "mountPath"}, g.get("volumes", name, "mountPath"))
	}
	g.eachContainer(func(path []string, container map[string]any) {
		mounts, _ := container["volumeMounts"].(map[string]any)
		for _, name := range g.names(append(path, "volumeMounts")...) {
			volume := name
			if g.section("volumes", name) == nil {
				g.remove(append(path, "volumeMounts", name)...)
				if others := g.names("volumes"); len(others) > 0 {
					volume = pick(g, others...)
					g.set(mounts[name], append(path, "volumeMounts", volume)...)
				}
			}
			if g.get(append(path, "volumeMounts", volume, "subPath")...) != nil {
				g.remove(append(path, "volumeMounts", volume, "subPathExpr")...)
			}
			service := path[0] == "initContainers" || path[0] == "sidecars"
			if !service && g.get("volumes", volume, "claim") != nil {
				g.remove(append(path, "volumeMounts", volume)...)
			}
		}
		for _, name := range g.names(append(path, "volumeMounts")...) {
			mount := append(path, "volumeMounts", name, "mountPath")
			free(mount, g.get(mount...))
		}
	})
}
