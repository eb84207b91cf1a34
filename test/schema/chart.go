package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// The files of a chart that its schema is made from.
const (
	schemaYAML = "schema.yaml"
	valuesYAML = "values.yaml"
)

// valuesSchema returns the values.schema.json of the chart in a folder. It fails, and says where, if schema.yaml and
// values.yaml do not fit: a value without description or type, a type without value, a default that is not admitted.
func valuesSchema(ctx context.Context, chart string) ([]byte, error) {
	root, err := readSchema(filepath.Join(chart, schemaYAML))
	if err != nil {
		return nil, err
	}
	values, err := readValues(filepath.Join(chart, valuesYAML))
	if err != nil {
		return nil, err
	}
	if err := values.describe(root); err != nil {
		return nil, err
	}
	types, err := readOpenAPI(ctx)
	if err != nil {
		return nil, err
	}
	if err := link(root, types); err != nil {
		return nil, fmt.Errorf("%s: %w", schemaYAML, err)
	}
	if err := finish(root); err != nil {
		return nil, fmt.Errorf("%s: %w", schemaYAML, err)
	}
	written, err := marshalLines(root)
	if err != nil {
		return nil, err
	}
	if err := validate(written, values.defaults); err != nil {
		return nil, fmt.Errorf("%s does not admit the defaults in %s:\n%w", schemaYAML, valuesYAML, err)
	}
	return written, nil
}

// readSchema reads a schema.yaml.
func readSchema(path string) (*schema, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	root := &schema{}
	if err := yaml.UnmarshalStrict(data, root); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return root, nil
}

// values is a values.yaml.
type values struct {
	defaults     map[string]any
	descriptions map[string]string
}

// readValues reads a values.yaml.
func readValues(path string) (values, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return values{}, err
	}
	read := values{}
	if err := yaml.UnmarshalStrict(data, &read.defaults); err != nil {
		return values{}, fmt.Errorf("%s: %w", path, err)
	}
	read.descriptions, err = descriptions(data)
	if err != nil {
		return values{}, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}

// enabled is Helm's, not the chart's: the `condition` by which a parent chart installs it. In values.yaml it would look as
// if the chart read it.
const enabled = "enabled"

// describe gives the chart's own values the descriptions that stand in values.yaml. It fails with all the values that are
// not described there and only there.
func (v values) describe(root *schema) error {
	var mistakes []error
	v.describeIn(root, v.defaults, nil, &mistakes)
	return errors.Join(mistakes...)
}

func (v values) describeIn(object *schema, defaults map[string]any, path []string, mistakes *[]error) {
	for _, name := range slices.Sorted(maps.Keys(object.Properties)) {
		property := object.Properties[name]
		at := strings.Join(append(path[:len(path):len(path)], name), ".")
		value, present := defaults[name]
		switch {
		case (at == enabled || property.Deprecated) && property.Description != "" && !present:
			continue
		case property.Deprecated && present:
			*mistakes = append(*mistakes, fmt.Errorf("%s: is deprecated in %s; remove it from %s", at, schemaYAML, valuesYAML))
		case !present:
			*mistakes = append(*mistakes, fmt.Errorf("%s: is in %s but not in %s; write its default there", at, schemaYAML, valuesYAML))
		case property.Description != "":
			*mistakes = append(*mistakes, fmt.Errorf("%s: has a description in %s; write it in %s, above the value", at, schemaYAML, valuesYAML))
		case v.descriptions[at] == "" && property.Properties == nil:
			*mistakes = append(*mistakes, fmt.Errorf("%s: has no description; write `# -- …` above it in %s", at, valuesYAML))
		}
		property.Description = v.descriptions[at]
		section, _ := value.(map[string]any)
		v.describeIn(property, section, append(path[:len(path):len(path)], name), mistakes)
	}
}
