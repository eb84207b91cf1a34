package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// At every place each JSON type is either admitted or refused with the path: so null wherever something may be left out.
func TestEveryTypeIsAdmittedOrRefused(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	validate := w.compile()
	values := map[string]any{"object": nil, "array": []any{}, "string": "text", "boolean": true, "integer": 1.0, "number": 1.5, null: nil}
	every, err := helmcli.Part(5, 1)
	require.NoError(t, err)
	for i, at := range w.places()[1:] { // the first is all values: Helm reads nothing but a map
		if i%every != 0 {
			continue
		}
		for jsonType, value := range values {
			admitted := at.schema.Type.admits(jsonType) || jsonType == "integer" && at.schema.Type.admits("number")
			if admitted || jsonType == "object" {
				value = w.sample(at.schema, jsonType)
			}
			err := validate(w.with(at, func(any) any { return value }))
			if admitted {
				require.NoError(t, err, "%s: %v", at, value)
			} else {
				require.ErrorContains(t, err, "at '"+at.String()+"': got ", "%v", value)
			}
		}
	}
}
