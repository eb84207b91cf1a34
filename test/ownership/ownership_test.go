package ownership

import (
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		manager, subresource string
		want                 Owner
	}{
		{"helm", "", Helm},
		{"helm-v4.3.1", "", Helm},
		{"helm-controller", "", Other},
		{"kubectl", "scale", Hand},
		{"kubectl-set", "", Hand},
		{"kubectl-edit", "", Hand},
		{"kubectl-client-side-apply", "", Hand},
		{"k9s", "", Hand},
		{"Mozilla", "", Hand},
		{"kubectl", "status", Controller},
		{"kube-controller-manager", "scale", Controller},
		{"kube-controller-manager", "status", Controller},
		{"vpa-updater", "", Other},
		{"keda", "", Other},
		{"keda-operator", "scale", Other},
		{"rollouts-controller", "", Other},
		{"argocd-application-controller", "", Other},
		{"pilot-discovery", "", Other},
		{"kubectlish", "", Other},
		{"ocean-autoscaler", "", Other},
	} {
		require.Equal(t, c.want, Of(metav1.ManagedFieldsEntry{Manager: c.manager, Subresource: c.subresource}), c.manager+" "+c.subresource)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	type fields = map[string]any
	live := &unstructured.Unstructured{Object: fields{"spec": fields{
		"replicas": int64(5),
		"template": fields{"spec": fields{"containers": []any{
			fields{"name": "proxy", "image": "proxy:1"},
			fields{"name": "service", "image": "service:hotfix", "ports": []any{fields{"containerPort": int64(8080), "name": "http"}}, "env": []any{fields{"name": "DEBUG", "value": "1"}}},
		}}},
	}}}
	entry := func(manager, subresource, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Subresource: subresource, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(fields)}
	}
	live.SetManagedFields([]metav1.ManagedFieldsEntry{
		entry("helm", "", `{"f:spec":{"f:paused":{}}}`),
		entry("kube-controller-manager", "status", `{"f:status":{"f:replicas":{}}}`),
		entry("kubectl", "scale", `{"f:spec":{"f:replicas":{}}}`),
		entry("kubectl-set", "", `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"service\"}":{"f:image":{},`+
			`"f:env":{"k:{\"name\":\"DEBUG\"}":{".":{},"f:name":{},"f:value":{}}},"f:ports":{"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{"f:name":{}}}}}}}}}`),
	})
	type said struct {
		manager string
		value   any
	}
	got := map[string]said{}
	all := Fields(live, func(o Owner) bool { return o == Hand })
	for _, field := range all {
		value, ok := field.Get(live.Object)
		require.True(t, ok, field.String())
		got[field.String()] = said{field.Manager, value}
	}
	const service = "spec.template.spec.containers[service]"
	require.Equal(t, map[string]said{
		"spec.replicas":                   {"kubectl", int64(5)},
		service + ".image":                {"kubectl-set", "service:hotfix"},
		service + ".env[DEBUG].name":      {"kubectl-set", "DEBUG"},
		service + ".env[DEBUG].value":     {"kubectl-set", "1"},
		service + ".ports[8080,TCP].name": {"kubectl-set", "http"},
	}, got)

	chart := fields{"spec": fields{"replicas": int64(2), "template": fields{"spec": fields{"containers": []any{fields{"name": "service", "image": "service:1"}}}}}}
	for _, field := range all {
		switch field.String() {
		case "spec.replicas":
			require.True(t, field.Set(chart, int64(7)))
			require.Equal(t, int64(7), chart["spec"].(fields)["replicas"])
		case service + ".env[DEBUG].value":
			require.False(t, field.Set(chart, "2"))
			require.Equal(t, service+".env", field.Missing(chart).String())
		}
	}
	rest, some := Without(live.GetManagedFields(), Hand)
	require.True(t, some)
	require.Len(t, rest, 2)
}
