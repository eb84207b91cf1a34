package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// What the catalogue says of the last release and of custom kinds is made anew here, from modules that tests need anyway.
// `make kubernetes-check` does it for all releases.
func TestCatalogueIsWhatTheReleasesSay(t *testing.T) {
	all, err := catalogue.Load()
	require.NoError(t, err)
	last := len(catalogue.Releases) - 1
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", catalogue.Releases[last].Path).Output()
	require.NoError(t, err)
	made := newCatalogue()
	require.NoError(t, made.add(last, strings.TrimSpace(string(dir))))
	definitions, err := customresources.Definitions(t.Context())
	require.NoError(t, err)
	require.NoError(t, made.define(definitions))
	again := made.finish()

	const remedy = "run `make kubernetes`"
	require.Equal(t, again.Definitions, all.Definitions, remedy)
	only := catalogue.Span{From: last, To: last}
	var kinds []catalogue.Kind
	for _, kind := range all.Kinds {
		if kind.Holds(last) {
			kind.Span = only
			kinds = append(kinds, kind)
		}
	}
	require.ElementsMatch(t, again.Kinds, kinds, remedy)
	types := map[string][]catalogue.Type{}
	for name, forms := range all.Types {
		if i := slices.IndexFunc(forms, func(form catalogue.Type) bool { return form.Holds(last) }); i >= 0 {
			form := forms[i]
			form.Span = only
			types[name] = []catalogue.Type{form}
		}
	}
	require.Equal(t, again.Types, types, remedy)
}

func TestForms(t *testing.T) {
	text, number := &openAPISchema{Type: "string"}, &openAPISchema{Type: "number"}
	for want, s := range map[catalogue.Form]*openAPISchema{
		"text":        text,
		"[]text":      {Type: "array", Items: text},
		"{}[]text":    {Type: "object", AdditionalProperties: &openAPISchema{Type: "array", Items: text}},
		"#a.B":        {AllOf: []*openAPISchema{{Ref: reference + "a.B"}}},
		"quantity":    {OneOf: []*openAPISchema{text, number}},
		"int-or-text": {Format: "int-or-string", OneOf: []*openAPISchema{{Type: "integer"}, text}},
		"any":         {Type: "object"},
	} {
		form, err := s.form()
		require.NoError(t, err)
		require.Equal(t, want, form)
	}
	for _, s := range []*openAPISchema{{OneOf: []*openAPISchema{text}}, {Type: "object", Properties: map[string]*openAPISchema{"a": text}}, {Type: "new"}} {
		_, err := s.form()
		require.Error(t, err, "would leave out something")
	}
}
