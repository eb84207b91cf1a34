package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestGet(t *testing.T) {
	const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	cases := []struct {
		name string
		text string
		says string // empty: it is found
	}{
		{name: "found", text: configMap + "data: {key: value}\n"},
		{name: "beside a kind that client-go does not know", text: configMap + "data: {key: value}\n---\napiVersion: example.com/v1\nkind: Other\nmetadata: {name: a}\n"},
		{name: "none", text: "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", says: `0 objects of type *v1.ConfigMap are named "a" among [Secret/a]`},
		{name: "another name", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n", says: "among [ConfigMap/b]"},
		{name: "two", text: configMap + "---\n" + configMap, says: `2 objects of type *v1.ConfigMap are named "a"`},
		{name: "an unknown field", text: configMap + "dta: {}\n", says: `chart/templates/a.yaml: ConfigMap/a: strict decoding error: unknown field "dta"`},
		{name: "a repeated field", text: configMap + "data: {key: a, key: b}\n", says: `key "key" already set in map`},
		{name: "a field of the wrong type", text: configMap + "data: {key: 1}\n", says: "cannot unmarshal number into Go struct field ConfigMap.data of type string"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests, err := render.Render(t.Context(), load(t, chartOf(t, map[string]string{"a.yaml": c.text})), example, nil)
			require.NoError(t, err)
			found, err := render.Get[*corev1.ConfigMap](manifests, "a")
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, map[string]string{"key": "value"}, found.Data)
		})
	}
}

// A cluster gets the line break at the end of a document, too.
func TestDocumentsEndWithALineBreak(t *testing.T) {
	chart := load(t, chartOf(t, map[string]string{
		"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  key: |\n    value\n",
	}))
	manifests, err := render.Render(t.Context(), chart, example, nil)
	require.NoError(t, err)
	found, err := render.Get[*corev1.ConfigMap](manifests, "a")
	require.NoError(t, err)
	require.Equal(t, "value\n", found.Data["key"])
}
