package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

// `helm test --logs` reads the logs of pods alone, and a failed one stays to be looked at until the next run.
func TestTests(t *testing.T) {
	manifests := rendered(t, yaml("config: {files: {a: b}}", "tests: {answers: {args: [check]}, gone: {}}", "tests: {gone: null}"))
	made, err := render.All[*corev1.Pod](manifests)
	require.NoError(t, err)
	require.Len(t, made, 1)
	require.Equal(t, name+"-answers", made[0].Name)
	require.Equal(t, map[string]string{"helm.sh/hook": "test", "helm.sh/hook-delete-policy": "before-hook-creation"}, made[0].Annotations)
	require.Equal(t, name+".answers", made[0].Labels["app"])
	require.Equal(t, corev1.RestartPolicyNever, made[0].Spec.RestartPolicy)
	require.Equal(t, []string{"check"}, made[0].Spec.Containers[0].Args)
	require.Equal(t, name, made[0].Spec.Volumes[0].ConfigMap.Name)
}

func TestNoTests(t *testing.T) {
	none[*corev1.Pod](t, rendered(t, yaml()))
}
