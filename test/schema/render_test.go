package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

// What the schema admits of the chart's own values, the templates turn into objects that Kubernetes knows, or refuse in
// words of their own. Nothing that null has removed is left in them.
func TestWhatIsAdmittedIsRendered(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	chart, err := render.Load(microservice)
	require.NoError(t, err)
	complete := any(w.defaults)
	for path, value := range map[string]any{
		"environment": "dev", "image repository": "registry.example.com/example", "image tag": "dev-1", "namespace create": true,
		"ingress enabled": true, "ingress hosts": map[string]any{"api.example.com": map[string]any{"paths": map[string]any{"/": map[string]any{}}}},
	} {
		complete = put(complete, strings.Fields(path), value)
	}
	every, err := helmcli.Part(5, 1)
	require.NoError(t, err)
	refused := 0
	for i, at := range w.places()[1:] {
		if at.kubernetes || i%every != 0 {
			continue
		}
		for _, jsonType := range at.schema.Type {
			given := w.change(w.root, complete, at.path, func(any) any { return w.sample(at.schema, jsonType) }).(map[string]any)
			manifests, err := render.Render(t.Context(), chart, render.Release{Name: "example"}, given)
			if err != nil {
				require.ErrorContains(t, err, "execution error at (microservice/templates/mistakes/mistakes.yaml", "%s: %s", at, jsonType)
				refused++
				continue
			}
			require.NoError(t, decode(manifests), "%s: %s", at, jsonType)
			require.NotContains(t, manifests.Text, ": null", "%s: %s", at, jsonType)
		}
	}
	require.NotZero(t, refused)
}

// decode reads the objects as client-go's types and refuses fields that those do not have.
func decode(manifests render.Manifests) error {
	_, deployments := render.All[*appsv1.Deployment](manifests)
	_, services := render.All[*corev1.Service](manifests)
	_, configMaps := render.All[*corev1.ConfigMap](manifests)
	_, accounts := render.All[*corev1.ServiceAccount](manifests)
	_, ingresses := render.All[*networkingv1.Ingress](manifests)
	_, policies := render.All[*networkingv1.NetworkPolicy](manifests)
	_, autoscalers := render.All[*autoscalingv2.HorizontalPodAutoscaler](manifests)
	_, budgets := render.All[*policyv1.PodDisruptionBudget](manifests)
	_, claims := render.All[*corev1.PersistentVolumeClaim](manifests)
	_, jobs := render.All[*batchv1.Job](manifests)
	_, cronJobs := render.All[*batchv1.CronJob](manifests)
	_, pods := render.All[*corev1.Pod](manifests)
	_, roles := render.All[*rbacv1.Role](manifests)
	return errors.Join(deployments, services, configMaps, accounts, ingresses, policies, autoscalers, budgets, claims, jobs, cronJobs, pods, roles)
}
