package check

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/render"
)

var mutableTag = Rule{
	ID: "production-mutable-tag", Severity: Error, Link: docs,
	Sentence: "An image in production has no tag, or one that moves: nobody could tell what ran, or go back to it.",
	Remedy:   "Write the tag of one build or release, or a digest.",
}

var missingLimits = Rule{
	ID: "production-no-memory-limit", Severity: Error, Link: docs,
	Sentence: "A container in production has no memory limit: one pod can take its node down.",
	Remedy:   "Set resources.limits.memory for it.",
}

// moving are tags that are pushed again and again.
var moving = []string{"latest", "dev", "develop", "development", "stg", "staging", "prod", "production", "master", "main", "stable", "edge", "nightly"}

// production looks at the containers of one release in a production environment.
func production(documents []render.Document) (findings []Finding) {
	for _, d := range documents {
		pod, _ := podOf(d.Object)
		if pod == nil {
			continue
		}
		for _, kind := range []string{"initContainers", "containers"} {
			containers, _, err := unstructured.NestedSlice(pod.Object, "spec", kind)
			if err != nil {
				continue
			}
			for i, raw := range containers {
				container, _ := raw.(map[string]any)
				field := fmt.Sprintf("%sspec.%s[%d]", podField(d.Object), kind, i)
				if image, _ := container["image"].(string); image != "" && moves(image) {
					f := mutableTag.finding(fmt.Sprintf("image %s moves", image), "")
					f.Object, f.Field, f.Template = d.String(), field+".image", d.Template
					findings = append(findings, f)
				}
				if limit, _, _ := unstructured.NestedFieldNoCopy(container, "resources", "limits", "memory"); limit == nil {
					f := missingLimits.finding(fmt.Sprintf("container %v has no memory limit", container["name"]), "")
					f.Object, f.Field, f.Template = d.String(), field+".resources.limits.memory", d.Template
					findings = append(findings, f)
				}
			}
		}
	}
	return findings
}

// podField is where the pod of an object stands in it, as the beginning of a field's path.
func podField(object *unstructured.Unstructured) string {
	switch object.GetKind() {
	case "Pod":
		return ""
	case "CronJob":
		return "spec.jobTemplate.spec.template."
	default:
		return "spec.template."
	}
}

// moves says whether an image's reference may name another image tomorrow.
func moves(image string) bool {
	if strings.Contains(image, "@") {
		return false
	}
	_, tag, tagged := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return !tagged || tag == "" || slices.Contains(moving, strings.ToLower(tag)) || strings.HasSuffix(tag, "-latest")
}
