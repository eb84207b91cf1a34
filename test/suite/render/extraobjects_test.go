package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestExtraObjects(t *testing.T) {
	manifests := rendered(t, yaml(`
extraObjects:
  plain: {apiVersion: v1, kind: ConfigMap, data: {of: "{{ .Release.Name }} in {{ .Values.environment }}"}}
  named:
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: other, namespace: elsewhere, labels: {client: acme}, annotations: {a: b}}
  gone: {apiVersion: v1, kind: ConfigMap}
`, "extraObjects: {gone: null}"))
	all, err := render.All[*corev1.ConfigMap](manifests)
	require.NoError(t, err)
	require.Len(t, all, 2)

	plain, err := render.Get[*corev1.ConfigMap](manifests, name+"-plain")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"of": "example-microservice in dev"}, plain.Data)
	require.Equal(t, namespace, plain.Namespace)
	require.Equal(t, deployment(t, yaml()).Labels, plain.Labels)

	named, err := render.Get[*corev1.ConfigMap](manifests, "other")
	require.NoError(t, err)
	require.Equal(t, "elsewhere", named.Namespace)
	require.Equal(t, "acme", named.Labels["client"])
	require.Equal(t, name, named.Labels["app"], "what the object does not say is the release's")
	require.Equal(t, map[string]string{"a": "b"}, named.Annotations)
}

func TestExtraObjectThatIsNoYAML(t *testing.T) {
	_, err := try(t, release, yaml(`extraObjects: {broken: {apiVersion: v1, kind: ConfigMap, data: {a: '{{ printf "%c" 39 }}'}}}`))
	require.ErrorContains(t, err, "extraObjects.broken: is no YAML once its templates are filled in (")
	require.ErrorContains(t, err, "quote what they print")
}
