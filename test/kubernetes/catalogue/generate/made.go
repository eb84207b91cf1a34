package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// made is a catalogue in the making: releases are added oldest first.
type made struct {
	catalogue.Catalogue
}

func newCatalogue() *made {
	return &made{catalogue.Catalogue{
		Sources: append(slices.Clone(catalogue.Releases), customresources.Releases()...),
		Types:   map[string][]catalogue.Type{},
	}}
}

// add takes in the release whose files are in dir.
func (m *made) add(version int, dir string) error {
	kinds, err := served(dir)
	if err != nil {
		return err
	}
	all, err := types(dir)
	if err != nil {
		return err
	}
	names := map[schema.GroupVersionKind]string{}
	for name, s := range all {
		if len(s.Kinds) == 1 { // else one for all groups, such as DeleteOptions
			kind := s.Kinds[0]
			names[schema.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind}] = name
		}
	}
	var roots []string
	for _, kind := range kinds {
		if kind.Type != "" {
			name, known := names[schema.FromAPIVersionAndKind(kind.GroupVersion, kind.Kind)]
			if !known {
				return fmt.Errorf("%s of %s has no schema", kind.Kind, kind.GroupVersion)
			}
			kind.Type = name
			roots = append(roots, name)
		}
		m.addKind(version, kind)
	}
	for _, name := range reachable(all, roots) {
		if all[name] == nil {
			return fmt.Errorf("there is no schema %s", name)
		}
		made, err := all[name].asType()
		if err != nil {
			return fmt.Errorf("schema %s: %w", name, err)
		}
		m.addType(version, name, made)
	}
	return nil
}

func (m *made) addKind(version int, kind catalogue.Kind) {
	for i, known := range m.Kinds {
		kind.Span = known.Span
		if known == kind && known.To == version-1 {
			m.Kinds[i].To = version
			return
		}
	}
	kind.Span = catalogue.Span{From: version, To: version}
	m.Kinds = append(m.Kinds, kind)
}

func (m *made) addType(version int, name string, form catalogue.Type) {
	if known := m.Types[name]; len(known) > 0 {
		last := &known[len(known)-1]
		if last.To == version-1 && last.Form == form.Form && reflect.DeepEqual(last.Fields, form.Fields) {
			last.To = version
			return
		}
	}
	form.Span = catalogue.Span{From: version, To: version}
	m.Types[name] = append(m.Types[name], form)
}

// define takes in definitions of custom kinds, with what decides whether an object is admitted.
func (m *made) define(definitions []*apiextensionsv1.CustomResourceDefinition) error {
	for _, definition := range definitions {
		bare := &apiextensionsv1.CustomResourceDefinition{TypeMeta: definition.TypeMeta, Spec: definition.Spec}
		bare.Name = definition.Name
		bare.Spec.Conversion = nil
		bare.Spec.Versions = slices.DeleteFunc(slices.Clone(bare.Spec.Versions), func(v apiextensionsv1.CustomResourceDefinitionVersion) bool { return !v.Served })
		for i := range bare.Spec.Versions {
			bare.Spec.Versions[i].AdditionalPrinterColumns = nil
		}
		content, err := json.Marshal(bare)
		if err != nil {
			return err
		}
		var object map[string]any
		if err := json.Unmarshal(content, &object); err != nil {
			return err
		}
		delete(object, "status")
		for _, version := range object["spec"].(map[string]any)["versions"].([]any) {
			withoutDescriptions(version.(map[string]any)["schema"].(map[string]any)["openAPIV3Schema"].(map[string]any))
		}
		if content, err = json.Marshal(object); err != nil {
			return err
		}
		m.Definitions = append(m.Definitions, content)
	}
	return nil
}

// withoutDescriptions removes what a schema says to people.
func withoutDescriptions(schema map[string]any) {
	delete(schema, "description")
	delete(schema, "externalDocs")
	delete(schema, "example")
	for _, below := range []string{"properties", "patternProperties", "definitions"} {
		schemas, _ := schema[below].(map[string]any)
		for _, s := range schemas {
			withoutDescriptions(s.(map[string]any))
		}
	}
	for _, below := range []string{"items", "additionalProperties", "not"} {
		if s, ok := schema[below].(map[string]any); ok {
			withoutDescriptions(s)
		}
	}
	for _, below := range []string{"allOf", "anyOf", "oneOf"} {
		schemas, _ := schema[below].([]any)
		for _, s := range schemas {
			withoutDescriptions(s.(map[string]any))
		}
	}
}

// finish returns the catalogue, in one order.
func (m *made) finish() *catalogue.Catalogue {
	slices.SortStableFunc(m.Kinds, func(a, b catalogue.Kind) int {
		return cmp.Or(cmp.Compare(a.GroupVersion, b.GroupVersion), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.From, b.From))
	})
	return &m.Catalogue
}
