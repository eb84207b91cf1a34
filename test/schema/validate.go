package main

import "helm.sh/helm/v3/pkg/chartutil"

// validate checks values against a values.schema.json, as Helm does. The error lists all that is wrong, in Helm's words.
func validate(schema []byte, values map[string]any) error {
	return chartutil.ValidateAgainstSingleSchema(values, schema)
}
