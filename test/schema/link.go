package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// link gives a schema.yaml the definitions of Kubernetes that it refers to, and those that they refer to. It fails if
// something in $defs is used by nobody.
func link(root *schema, types map[string]*openAPI) error {
	own, refined := map[string]*schema{}, map[string]*schema{}
	for name, definition := range root.Defs {
		if isKubernetes(name) {
			refined[name] = definition
		} else {
			own[name] = definition
		}
	}
	l := linker{
		own: own, names: map[string]bool{}, linked: map[string]*schema{},
		kubernetes: kubernetes{types: types, refined: refined, used: map[string]bool{}},
	}
	root.Defs = nil
	if err := l.link(root); err != nil {
		return err
	}
	root.Defs = l.linked
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if l.linked[name] == nil && !l.names[name] {
			return fmt.Errorf("nothing refers to $defs.%s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(refined)) {
		if !l.kubernetes.used[name] {
			return fmt.Errorf("$defs.%s: nothing refers to this type of Kubernetes", name)
		}
	}
	return nil
}

// isKubernetes says whether a name in $defs is that of a type of Kubernetes.
func isKubernetes(name string) bool { return strings.HasPrefix(name, "io.k8s.") }

type linker struct {
	own        map[string]*schema // the definitions of schema.yaml
	kubernetes kubernetes
	linked     map[string]*schema // the definitions that a value refers to
	names      map[string]bool    // the definitions that the names in a map refer to
}

// link finds the definition that a schema refers to, if it does, and those that its parts refer to.
func (l linker) link(s *schema) error {
	if s.Ref != "" {
		name := s.definition()
		if err := l.define(name); err != nil {
			return err
		}
		if s.Type == nil {
			l.complete(s, name)
		}
	}
	if s.PropertyNames != nil && s.PropertyNames.Ref != "" {
		name := s.PropertyNames.definition()
		definition, ok := l.own[name]
		if !ok {
			return noDefinition(name)
		}
		s.PropertyNames, l.names[name] = definition, true
	}
	for _, part := range s.parts() {
		if err := l.link(part); err != nil {
			return err
		}
	}
	return nil
}

func noDefinition(name string) error {
	return fmt.Errorf("$ref %s%s: there is no such definition", definitions, name)
}

// complete gives a schema that is a mere $ref its type: that of the definition, or an optional object of Kubernetes, which
// is described in Kubernetes' words if there are no others.
func (l linker) complete(s *schema, name string) {
	if !isKubernetes(name) {
		s.Type = l.linked[name].Type
		return
	}
	s.Type = types{"object", null}
	if s.Description == "" {
		s.Description = brief(l.kubernetes.types[name].Description)
	}
}

// define adds a definition, once.
func (l linker) define(name string) error {
	if l.linked[name] != nil {
		return nil
	}
	definition, ok := l.own[name]
	if isKubernetes(name) {
		object, err := l.kubernetes.object(name)
		if err != nil {
			return err
		}
		definition = object
	} else if !ok {
		return noDefinition(name)
	}
	l.linked[name] = definition
	return l.link(definition)
}

// parts are the schemas of the values that a value holds.
func (s *schema) parts() []*schema {
	var parts []*schema
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		parts = append(parts, s.Properties[name])
	}
	for _, part := range []*schema{s.Items, s.AdditionalProperties} {
		if part != nil {
			parts = append(parts, part)
		}
	}
	return parts
}
