package values

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Rules of k8s.io/kubernetes/pkg/apis/core/validation about containers and pods.
var validPods = map[string]func(*generator, *key, map[string]any){
	"Probe": func(g *generator, k *key, o map[string]any) {
		g.one(k, o, "exec", "grpc", "httpGet", "tcpSocket")
		if inside(k, "readinessProbe") {
			delete(o, "terminationGracePeriodSeconds")
		} else if o["successThreshold"] != nil {
			o["successThreshold"] = 1.0
		}
	},
	"ExecAction": func(g *generator, k *key, o map[string]any) { g.atLeastOne(k, o, "command") },
	"HTTPHeader": func(g *generator, k *key, o map[string]any) { o["name"] = pick(g, "Host", "X-A", "a", "1-b") },
	"LifecycleHandler": func(g *generator, k *key, o map[string]any) {
		g.one(k, o, "exec", "httpGet", "sleep")
	},
	"SleepAction": func(g *generator, k *key, o map[string]any) { o["seconds"] = float64(1 + g.random.IntN(20)) },

	"PodDNSConfig": func(g *generator, k *key, o map[string]any) {
		g.replace(o, "nameservers", func() any { return pick(g, []any{"10.0.0.53"}, []any{"10.0.0.53", "fd00::53"}) })
		g.replace(o, "searches", func() any { return []any{subdomain(g)} })
	},
	"PodDNSConfigOption": func(g *generator, k *key, o map[string]any) { o["name"] = pick(g, "ndots", "edns0", "timeout") },
	"EnvVarSource": func(g *generator, k *key, o map[string]any) {
		// A file needs an emptyDir that a container before has written it to.
		delete(o, "fileKeyRef")
		g.one(k, o, "configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef")
	},
	"ConfigMapKeySelector": validReference,
	"SecretKeySelector":    validReference,
	"ObjectFieldSelector": func(g *generator, k *key, o map[string]any) {
		o["fieldPath"] = pick(g, "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels['app']", "metadata.annotations['a']")
		if !inside(k, "volumes") {
			o["fieldPath"] = pick(g, o["fieldPath"].(string), "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.podIP", "status.podIPs")
		}
		g.replace(o, "apiVersion", func() any { return "v1" })
	},
	"ResourceFieldSelector": func(g *generator, k *key, o map[string]any) {
		o["resource"] = pick(g, "limits.cpu", "limits.memory", "requests.cpu", "requests.memory", "limits.ephemeral-storage")
		g.replace(o, "divisor", func() any { return pick[any](g, "1", 1.0, "0") })
		if inside(k, "volumes") {
			o["containerName"] = label(g)
		}
	},

	"ResourceRequirements": func(g *generator, k *key, o map[string]any) {
		limits, requests := map[string]any{}, map[string]any{}
		amounts := map[string][]any{
			"cpu":               {"50m", "0.1", 1.0, "2", 3.5},
			"memory":            {64.0, "1000k", "128Mi", "1e9", "2Gi", "1T"},
			"ephemeral-storage": {"1Mi", "1Gi", "2Gi"},
		}
		for _, name := range slices.Sorted(maps.Keys(amounts)) {
			rising := amounts[name]
			i := g.random.IntN(len(rising))
			limits[name], requests[name] = rising[i], rising[g.random.IntN(i+1)]
			for _, side := range []map[string]any{limits, requests} {
				if g.chance(3) {
					side[name] = nil
				}
				if g.chance(3) {
					delete(side, name)
				}
			}
		}
		if g.chance(6) {
			limits["example.com/gpu"], requests["example.com/gpu"] = 2.0, 2.0
		}
		for name, side := range map[string]map[string]any{"limits": limits, "requests": requests} {
			if o[name] != nil {
				o[name] = side
			}
		}
		if o["limits"] == nil {
			delete(requests, "example.com/gpu")
		}
	},

	"SeccompProfile":  validProfile,
	"AppArmorProfile": validProfile,
	"Sysctl": func(g *generator, k *key, o map[string]any) {
		o["name"] = pick(g, "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies")
	},
	"PodSecurityContext": func(g *generator, k *key, o map[string]any) {
		// Two that name the same one are refused.
		g.replace(o, "sysctls", func() any { return o["sysctls"].([]any)[:min(1, len(o["sysctls"].([]any)))] })
		if !g.loose {
			tighten(g, o)
			g.replace(o, "runAsNonRoot", func() any { return true })
			if value, null := o["seccompProfile"]; null && value == nil {
				delete(o, "seccompProfile")
			}
			if value, null := o["runAsNonRoot"]; null && value == nil {
				delete(o, "runAsNonRoot")
			}
		}
	},
	"SecurityContext": func(g *generator, k *key, o map[string]any) {
		g.replace(o, "procMount", func() any { return "Default" }) // the other needs a user namespace
		if !g.loose {
			tighten(g, o)
			for _, name := range []string{"allowPrivilegeEscalation", "capabilities"} {
				if value, null := o[name]; null && value == nil {
					delete(o, name)
				}
			}
			g.replace(o, "allowPrivilegeEscalation", func() any { return false })
			g.replace(o, "privileged", func() any { return false })
			if capabilities, _ := o["capabilities"].(map[string]any); capabilities != nil {
				g.replace(capabilities, "add", func() any { return []any{"NET_BIND_SERVICE"} })
				if _, given := capabilities["drop"]; given {
					capabilities["drop"] = []any{"ALL", "MKNOD"}
				}
			}
		}
		if escalation, given := o["allowPrivilegeEscalation"]; o["privileged"] == true && (!given || escalation == false) {
			o["allowPrivilegeEscalation"] = true
		}
	},
	"Capabilities": func(g *generator, k *key, o map[string]any) {
		for _, side := range []string{"add", "drop"} {
			g.replace(o, side, func() any { return pick(g, []any{}, []any{"ALL"}, []any{"NET_BIND_SERVICE", "CHOWN"}) })
		}
	},
}

// tighten keeps of a security context what Pod Security `restricted` admits.
func tighten(g *generator, o map[string]any) {
	g.replace(o, "runAsUser", func() any { return max(1, o["runAsUser"].(float64)) })
	g.replace(o, "runAsNonRoot", func() any { return true })
	for _, name := range []string{"seccompProfile", "appArmorProfile"} {
		if profile, _ := o[name].(map[string]any); profile["type"] == "Unconfined" {
			o[name] = map[string]any{"type": "RuntimeDefault"}
		}
	}
	if options, _ := o["seLinuxOptions"].(map[string]any); options != nil {
		delete(options, "user")
		delete(options, "role")
		g.replace(options, "type", func() any { return pick(g, "container_t", "container_init_t") })
	}
}

func validReference(g *generator, k *key, o map[string]any) {
	o["name"] = subdomain(g)
	o["key"] = pick(g, "a", "A_B", "a.b-c", ".c", fmt.Sprintf("key%d", g.random.IntN(1000)))
}

func validProfile(g *generator, k *key, o map[string]any) {
	if o["type"] == "Localhost" {
		o["localhostProfile"] = strings.TrimPrefix(relativePath(g), ".")
	} else {
		delete(o, "localhostProfile")
	}
}
