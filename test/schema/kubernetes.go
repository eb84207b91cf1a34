package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// openAPI is what is read of a schema in Kubernetes' OpenAPI v3.
type openAPI struct {
	Ref                  string              `json:"$ref"`
	AllOf                []openAPI           `json:"allOf"` // one $ref, where it has a description beside it
	OneOf                []openAPI           `json:"oneOf"` // the types of an IntOrString or a Quantity
	Type                 string              `json:"type"`
	Format               string              `json:"format"`
	Description          string              `json:"description"`
	Required             []string            `json:"required"`
	Properties           map[string]*openAPI `json:"properties"`
	Items                *openAPI            `json:"items"`
	AdditionalProperties *openAPI            `json:"additionalProperties"`
}

// groups are the API groups whose types a schema.yaml may refer to, by the names of their files.
var groups = []string{"api__v1", "apis__apps__v1", "apis__autoscaling__v2", "apis__networking.k8s.io__v1", "apis__rbac.authorization.k8s.io__v1"}

// readOpenAPI returns the types of the groups by name, from the files in the k8s.io/kubernetes module that go.mod requires.
func readOpenAPI(ctx context.Context) (map[string]*openAPI, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes").Output()
	if err != nil {
		return nil, fmt.Errorf("looking for the module k8s.io/kubernetes: %w%s", err, stderr(err))
	}
	found := map[string]*openAPI{}
	for _, group := range groups {
		path := filepath.Join(strings.TrimSpace(string(out)), "api", "openapi-spec", "v3", group+"_openapi.json")
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var file struct {
			Components struct {
				Schemas map[string]*openAPI `json:"schemas"`
			} `json:"components"`
		}
		if err := json.Unmarshal(data, &file); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for name, schema := range file.Components.Schemas {
			found[name] = schema
		}
	}
	return found, nil
}

// stderr returns what a program that failed said, on a line of its own.
func stderr(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "\n" + strings.TrimSpace(string(exit.Stderr))
	}
	return ""
}

// kubernetes turns types of Kubernetes into definitions of a schema.
type kubernetes struct {
	types   map[string]*openAPI
	refined map[string]*schema // what schema.yaml says about them
	used    map[string]bool    // those of refined that were needed
}

// object returns the definition of a type that has fields. Like every definition it says nothing of the JSON type, which
// stands where the definition is used: there null is admitted, or not.
func (k kubernetes) object(name string) (*schema, error) {
	source, ok := k.types[name]
	if !ok || source.Properties == nil {
		return nil, fmt.Errorf("%s is no type with fields in Kubernetes' API groups %s", name, strings.Join(groups, ", "))
	}
	object := &schema{Properties: map[string]*schema{}}
	required := map[string]bool{}
	for _, field := range source.Required {
		required[field] = true
	}
	for _, field := range slices.Sorted(maps.Keys(source.Properties)) {
		converted, err := k.use(source.Properties[field], !required[field])
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, field, err)
		}
		object.Properties[field] = converted
	}
	if refined, ok := k.refined[name]; ok {
		k.used[name] = true
		for _, field := range slices.Sorted(maps.Keys(refined.Properties)) {
			if err := refine(object.Properties, field, refined.Properties[field]); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return object, nil
}

// refine adds what schema.yaml says about a field to what Kubernetes says. `false` removes the field.
func refine(fields map[string]*schema, field string, by *schema) error {
	switch {
	case fields[field] == nil:
		return fmt.Errorf("there is no field %q in Kubernetes; remove it from schema.yaml", field)
	case by.never:
		delete(fields, field)
		return nil
	}
	return fields[field].refine(by)
}

// use returns the schema of a field, an item or an entry, which may be null if it is optional.
func (k kubernetes) use(source *openAPI, optional bool) (*schema, error) {
	used := &schema{Description: brief(source.Description)}
	ref := source.Ref
	if len(source.AllOf) == 1 {
		ref = source.AllOf[0].Ref
	}
	var err error
	switch name := strings.TrimPrefix(ref, "#/components/schemas/"); {
	case ref != "" && k.types[name] == nil:
		err = fmt.Errorf("refers to %s, which is not there", ref)
	case ref != "" && k.types[name].Properties != nil:
		used.Type, used.Ref = types{"object"}, definitions+name
	case ref != "":
		err = k.scalar(used, name)
	case source.Type == "array":
		used.Type = types{"array"}
		used.Items, err = k.use(source.Items, false)
	case source.Type == "object" && source.AdditionalProperties != nil:
		used.Type = types{"object"}
		used.AdditionalProperties, err = k.use(source.AdditionalProperties, true)
	case source.Type == "string" || source.Type == "integer" || source.Type == "number" || source.Type == "boolean":
		used.Type = types{source.Type}
		if source.Format == "int32" {
			limit := math.MaxInt32
			used.Maximum = &limit
		}
	default:
		err = fmt.Errorf("a %q without fields would admit anything; leave it out in schema.yaml, or refine it", source.Type)
	}
	if optional {
		used.Type = append(used.Type, null)
	}
	return used, err
}

// scalar sets the types of an IntOrString or a Quantity, and what schema.yaml says about them.
func (k kubernetes) scalar(used *schema, name string) error {
	for _, one := range k.types[name].OneOf {
		used.Type = append(used.Type, one.Type)
	}
	if len(used.Type) == 0 {
		return fmt.Errorf("%s is neither a type with fields nor one of several plain types", name)
	}
	refined, ok := k.refined[name]
	if !ok {
		return nil
	}
	k.used[name] = true
	return used.refine(refined)
}

// brief is as much of a description as an editor can show beside a field, and as a release's Secret can carry: its first
// sentence, if that is short. The beginning of a long one says no more than the field's name.
func brief(description string) string {
	description, _, _ = strings.Cut(description, "\n")
	sentence, _, _ := strings.Cut(description, ". ")
	sentence = strings.TrimSuffix(sentence, ".")
	const limit = 55
	if len(sentence) > limit {
		return ""
	}
	return sentence
}
