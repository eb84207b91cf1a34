package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// openAPI is what is read of a file of api/openapi-spec/v3.
type openAPI struct {
	Components struct{ Schemas map[string]*openAPISchema }
}

type openAPISchema struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Format               string
	Properties           map[string]*openAPISchema
	Items                *openAPISchema
	AdditionalProperties *openAPISchema
	AllOf, OneOf         []*openAPISchema
	Kinds                []struct{ Group, Version, Kind string } `json:"x-kubernetes-group-version-kind"`
}

// types returns the schemas of a release by name.
func types(dir string) (map[string]*openAPISchema, error) {
	files, err := filepath.Glob(filepath.Join(dir, "api/openapi-spec/v3/api*_openapi.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no schemas in api/openapi-spec/v3 (%v)", err)
	}
	all := map[string]*openAPISchema{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var read openAPI
		if err := json.Unmarshal(content, &read); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		maps.Copy(all, read.Components.Schemas)
	}
	return all, nil
}

const reference = "#/components/schemas/"

// form returns what a schema says of a value. It fails where it would have to leave out something.
func (s *openAPISchema) form() (catalogue.Form, error) {
	switch {
	case s.Ref != "":
		return catalogue.Form("#" + strings.TrimPrefix(s.Ref, reference)), nil
	case len(s.AllOf) == 1:
		return s.AllOf[0].form()
	case s.Format == "int-or-string":
		return catalogue.IntOrText, nil
	case len(s.OneOf) == 2 && s.OneOf[0].Type == "string" && s.OneOf[1].Type == "number":
		return catalogue.Quantity, nil
	case len(s.OneOf)+len(s.AllOf) > 0:
		return "", errors.New("has oneOf or allOf that are not known")
	case s.Type == "array" && s.Items != nil:
		items, err := s.Items.form()
		return "[]" + items, err
	case s.Type == "object" && s.AdditionalProperties != nil:
		values, err := s.AdditionalProperties.form()
		return "{}" + values, err
	case len(s.Properties) > 0:
		return "", errors.New("has properties of its own where a name is expected")
	case s.Type == "object", s.Type == "":
		return catalogue.Any, nil
	}
	simple := map[string]catalogue.Form{"string": catalogue.Text, "integer": catalogue.Integer, "number": catalogue.Number, "boolean": catalogue.Boolean}
	if form, known := simple[s.Type]; known {
		return form, nil
	}
	return "", fmt.Errorf("has type %q", s.Type)
}

// asType returns a named schema.
func (s *openAPISchema) asType() (catalogue.Type, error) {
	if len(s.Properties) == 0 {
		form, err := s.form()
		return catalogue.Type{Form: form}, err
	}
	fields := map[string]catalogue.Form{}
	for name, property := range s.Properties {
		form, err := property.form()
		if err != nil {
			return catalogue.Type{}, fmt.Errorf("%s: %w", name, err)
		}
		fields[name] = form
	}
	return catalogue.Type{Fields: fields}, nil
}

// reachable returns the names of the types that some are made of, theirs among them.
func reachable(all map[string]*openAPISchema, from []string) []string {
	seen := map[string]bool{}
	var visit func(s *openAPISchema)
	name := func(name string) {
		if !seen[name] {
			seen[name] = true
			visit(all[name])
		}
	}
	visit = func(s *openAPISchema) {
		if s == nil {
			return
		}
		if s.Ref != "" {
			name(strings.TrimPrefix(s.Ref, reference))
		}
		for _, below := range s.Properties {
			visit(below)
		}
		for _, below := range append(append([]*openAPISchema{s.Items, s.AdditionalProperties}, s.AllOf...), s.OneOf...) {
			visit(below)
		}
	}
	for _, start := range from {
		name(start)
	}
	return slices.Sorted(maps.Keys(seen))
}
