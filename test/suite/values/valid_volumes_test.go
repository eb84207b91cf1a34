package values

// Rules of k8s.io/kubernetes/pkg/apis/core/validation about volumes.
var validVolumes = map[string]func(*generator, *key, map[string]any){
	"ConfigMapVolumeSource": func(g *generator, k *key, o map[string]any) { o["name"] = subdomain(g) },
	"ConfigMapProjection":   func(g *generator, k *key, o map[string]any) { o["name"] = subdomain(g) },
	"SecretProjection":      func(g *generator, k *key, o map[string]any) { o["name"] = subdomain(g) },
	"SecretVolumeSource":    func(g *generator, k *key, o map[string]any) { o["secretName"] = subdomain(g) },
	"KeyToPath": func(g *generator, k *key, o map[string]any) {
		o["key"], o["path"] = pick(g, "a", "A_B", "a.b-c"), relativePath(g)
	},
	"VolumeProjection": func(g *generator, k *key, o map[string]any) {
		g.one(k, o, "configMap", "downwardAPI", "secret", "serviceAccountToken")
	},
	"ServiceAccountTokenProjection": func(g *generator, k *key, o map[string]any) { o["path"] = relativePath(g) },
	"DownwardAPIVolumeFile": func(g *generator, k *key, o map[string]any) {
		o["path"] = relativePath(g)
		g.one(k, o, "fieldRef", "resourceFieldRef")
	},
	"CSIVolumeSource": func(g *generator, k *key, o map[string]any) {
		o["driver"] = pick(g, "csi.example.com", "secrets-store.csi.k8s.io")
		g.replace(o, "nodePublishSecretRef", func() any { return map[string]any{"name": subdomain(g)} })
	},
	"EphemeralVolumeSource": func(g *generator, k *key, o map[string]any) { g.need(k, o, "volumeClaimTemplate") },
	"PersistentVolumeClaimSpec": func(g *generator, k *key, o map[string]any) {
		o["accessModes"] = pick(g, []any{"ReadWriteOnce"}, []any{"ReadOnlyMany", "ReadWriteMany"}, []any{"ReadWriteOncePod"})
		g.need(k, o, "resources")
		for _, class := range []string{"storageClassName", "volumeAttributesClassName"} {
			g.replace(o, class, func() any { return subdomain(g) })
		}
	},
	"VolumeResourceRequirements": func(g *generator, k *key, o map[string]any) {
		o["requests"] = map[string]any{"storage": pick[any](g, "1Gi", 1.0, "100M")}
		g.replace(o, "limits", func() any { return map[string]any{"storage": pick[any](g, "2Gi", "1Ti", nil)} })
	},
	"PersistentVolumeClaimVolumeSource": func(g *generator, k *key, o map[string]any) { o["claimName"] = subdomain(g) },
	"ImageVolumeSource": func(g *generator, k *key, o map[string]any) {
		o["reference"] = pick(g, "registry.example.com/a:1", "a", "registry.example.com:5000/a/b@sha256:1")
	},
}
