package render

import (
	"bytes"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// admission says whether a chart's schema is known to admit coalesced values. Helm compiles the schema anew for each
// render, which takes longer than all the rest of it; here the same library compiles it once. What it says no to, or
// cannot say, is left to Helm, so that errors are in Helm's words.
type admission func(values map[string]any) bool

// newAdmission compiles the chart's schema. Charts with dependencies, whose schemas see only a part of the values, and
// schemas that refer to others are left to Helm.
func newAdmission(c *chart.Chart) admission {
	undecided := func(map[string]any) bool { return false }
	if len(c.Schema) == 0 || len(c.Metadata.Dependencies) > 0 || len(c.Dependencies()) > 0 {
		return undecided
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.Schema))
	if err != nil {
		return undecided
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	const location = "file:///values.schema.json"
	if err := compiler.AddResource(location, document); err != nil {
		return undecided
	}
	compiled, err := compiler.Compile(location)
	if err != nil {
		return undecided
	}
	return func(values map[string]any) bool {
		coalesced, err := chartutil.CoalesceValues(c, values) // a copy
		return err == nil && compiled.Validate(coalesced.AsMap()) == nil
	}
}
