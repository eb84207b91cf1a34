package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// finish adds to a linked schema what schema.yaml does not spell out: objects are closed, what does not admit null is
// required, and names are not empty. It fails if an object would be open without saying so.
func finish(root *schema) error {
	for _, name := range slices.Sorted(maps.Keys(root.Defs)) {
		if err := root.Defs[name].finish(definitions + name); err != nil {
			return err
		}
	}
	return root.finish("")
}

// finish does this for a schema, which stands at path, and for what it holds.
func (s *schema) finish(path string) error {
	for _, part := range s.parts() {
		if len(part.Type) == 0 && !part.any {
			return fmt.Errorf("%s: something in it has no type", path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if err := s.Properties[name].finish(path + "/" + name); err != nil {
			return err
		}
	}
	for _, part := range []*schema{s.Items, s.AdditionalProperties} {
		if part == nil {
			continue
		}
		if err := part.finish(path + "/*"); err != nil {
			return err
		}
	}
	switch {
	case s.Required != nil:
		return fmt.Errorf("%s: says what is required; write null among the types of all else", path)
	case s.Properties != nil && s.AdditionalProperties != nil && !s.AdditionalProperties.any:
		return fmt.Errorf("%s: has properties and additionalProperties; it is either an object or a map", path)
	case s.Properties != nil:
		s.close()
	case s.PropertyNames != nil:
		return s.closeMap(path)
	case s.Type.admits("object") && s.Ref == "" && s.AdditionalProperties == nil:
		return fmt.Errorf("%s: has neither properties nor additionalProperties; write `additionalProperties: true` if any key is right", path)
	}
	return nil
}

// close makes an object with properties require those that may not be null, and refuse all others, unless it admits any.
func (s *schema) close() {
	if s.AdditionalProperties == nil {
		s.AdditionalProperties = &schema{never: true}
	}
	for name, property := range s.Properties {
		if !property.Type.admits(null) {
			s.Required = append(s.Required, name)
		}
	}
	slices.Sort(s.Required)
}

// closeMap makes a map refuse wrong names. They are written as patternProperties, since the library that Helm validates
// with gives a wrong path with an error of propertyNames (https://github.com/santhosh-tekuri/jsonschema/pull/269).
func (s *schema) closeMap(path string) error {
	names := s.PropertyNames
	pattern, err := regexp.Compile(names.Pattern)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case names.Pattern == "" || s.AdditionalProperties == nil:
		return fmt.Errorf("%s: a map needs a pattern in propertyNames, and additionalProperties for its entries", path)
	}
	s.PatternProperties = map[string]*schema{names.Pattern: s.AdditionalProperties}
	switch {
	case names.MaxLength != nil:
		s.PatternProperties[fmt.Sprintf("^(.{%d,})?$", *names.MaxLength+1)] = &schema{never: true}
	case pattern.MatchString(""):
		s.PatternProperties["^$"] = &schema{never: true}
	}
	s.PropertyNames, s.AdditionalProperties = nil, &schema{never: true}
	return nil
}
