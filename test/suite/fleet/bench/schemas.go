package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// rendered are the kinds that the fleet's releases have, as kubeconform names the files of their schemas, and the names of
// their types. A kind that is missing ends the loop: kubeconform has no schema for it then.
var rendered = map[string]string{
	"configmap-v1":                           "io.k8s.api.core.v1.ConfigMap",
	"deployment-apps-v1":                     "io.k8s.api.apps.v1.Deployment",
	"horizontalpodautoscaler-autoscaling-v2": "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
	"ingress-networking-v1":                  "io.k8s.api.networking.v1.Ingress",
	"networkpolicy-networking-v1":            "io.k8s.api.networking.v1.NetworkPolicy",
	"poddisruptionbudget-policy-v1":          "io.k8s.api.policy.v1.PodDisruptionBudget",
	"service-v1":                             "io.k8s.api.core.v1.Service",
	"serviceaccount-v1":                      "io.k8s.api.core.v1.ServiceAccount",
}

// writeSchemas writes the JSON schemas of all versions of Kubernetes into a folder, where kubeconform looks for those of
// -strict: https://github.com/yannh/kubeconform#overriding-schemas-location. They are as the published ones are, references
// resolved and no other fields admitted, without descriptions and required fields: smaller, so that kubeconform has less
// to read.
func writeSchemas(dir string) error {
	all, err := catalogue.Load()
	if err != nil {
		return err
	}
	for version, release := range catalogue.Releases {
		folder := filepath.Join(dir, release.Version+"-standalone-strict")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(rendered)) {
			schema, err := resolver{types: all.Types, version: version}.named(rendered[name])
			if err != nil {
				return fmt.Errorf("schema of %s in %s: %w", name, release.Version, err)
			}
			text, err := json.Marshal(schema)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, name+".json"), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// resolver makes a JSON schema of a type in one version.
type resolver struct {
	types   map[string][]catalogue.Type
	version int
	above   []string // the types that this one is in
}

func (r resolver) named(name string) (map[string]any, error) {
	if slices.Contains(r.above, name) {
		return nil, fmt.Errorf("%s is part of itself", name)
	}
	r.above = append(slices.Clone(r.above), name)
	for _, form := range r.types[name] {
		if !form.Holds(r.version) {
			continue
		}
		if form.Fields == nil {
			return r.formed(form.Form)
		}
		properties := map[string]any{}
		for field, form := range form.Fields {
			schema, err := r.formed(form)
			if err != nil {
				return nil, err
			}
			properties[field] = schema
		}
		return map[string]any{"type": orNull("object"), "properties": properties, "additionalProperties": false}, nil
	}
	return nil, fmt.Errorf("there is no type %s", name)
}

func (r resolver) formed(form catalogue.Form) (map[string]any, error) {
	if name, found := strings.CutPrefix(string(form), "#"); found {
		return r.named(name)
	}
	if items, found := strings.CutPrefix(string(form), "[]"); found {
		schema, err := r.formed(catalogue.Form(items))
		return map[string]any{"type": orNull("array"), "items": schema}, err
	}
	if values, found := strings.CutPrefix(string(form), "{}"); found {
		schema, err := r.formed(catalogue.Form(values))
		return map[string]any{"type": orNull("object"), "additionalProperties": schema}, err
	}
	switch form {
	case catalogue.Any:
		return map[string]any{}, nil
	case catalogue.Text:
		return map[string]any{"type": orNull("string")}, nil
	case catalogue.Integer, catalogue.Number, catalogue.Boolean:
		return map[string]any{"type": orNull(string(form))}, nil
	case catalogue.IntOrText:
		return map[string]any{"type": []string{"string", "integer", "null"}}, nil
	case catalogue.Quantity:
		return map[string]any{"type": []string{"string", "number", "null"}}, nil
	}
	return nil, fmt.Errorf("form %q is not known", form)
}

// orNull is as in the published schemas: a null is a field that is left out.
func orNull(kind string) []string { return []string{kind, "null"} }
