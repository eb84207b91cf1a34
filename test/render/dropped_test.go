package render_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
)

// made renders a chart of one template.
func made(t *testing.T, template string) render.Manifests {
	t.Helper()
	chart, err := render.LoadFiles(map[string]string{"Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0}", "templates/a.yaml": template})
	require.NoError(t, err)
	manifests, err := render.Render(t.Context(), chart, render.Release{Name: "a"}, nil)
	require.NoError(t, err)
	return manifests
}

func TestDropped(t *testing.T) {
	const hook = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, annotations: {helm.sh/hook: '%s'}}\n---\n"
	manifests := made(t, fmt.Sprintf(hook, "b", "pre-instal")+fmt.Sprintf(hook, "a", "pre-install, other")+fmt.Sprintf(hook, "c", "PRE-install , test")+fmt.Sprintf(hook, "d", ""))
	require.Equal(t, []render.Dropped{
		{Template: "a/templates/a.yaml", Object: "ConfigMap/a", Hook: "pre-install, other"},
		{Template: "a/templates/a.yaml", Object: "ConfigMap/b", Hook: "pre-instal"},
		{Template: "a/templates/a.yaml", Object: "ConfigMap/d", Hook: ""},
	}, manifests.Dropped)
	require.Len(t, manifests.Documents, 1, "Helm has left out the same")
	require.Equal(t, "c", manifests.Documents[0].Object.GetName())
}

func TestItemsOfLists(t *testing.T) {
	manifests := made(t, `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- {apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: b}, data: {a: "8080"}}]}
- {apiVersion: v1, kind: List, items: []}
`)
	require.Equal(t, "[ConfigMap/a ConfigMap/b]", fmt.Sprint(manifests.Documents))
	require.Contains(t, manifests.Documents[1].Text, `a: "8080"`)
	require.Contains(t, manifests.Text, "kind: List\n", "what Helm prints is as it is")
}
