package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A deploy that was refused has left no trace, whatever hands and controllers have made of the good revision meanwhile.
func TestHasTrace(t *testing.T) {
	t.Parallel()
	const good = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {version: "1"}}
spec:
  replicas: 2
  template:
    spec:
      dnsPolicy: None
      containers: [{name: service, image: "app:1", args: [a], env: [{name: OLD, value: old}]}]
`
	const dead = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {version: "2"}}
spec:
  replicas: 2
  template:
    spec:
      nodeSelector: {dead: "yes"}
      containers: [{name: service, image: "app:2", args: [a, b], env: [{name: DEAD, value: dead}]}]
`
	type fields = map[string]any
	pod := func(o *unstructured.Unstructured) fields {
		return o.Object["spec"].(fields)["template"].(fields)["spec"].(fields)
	}
	service := func(o *unstructured.Unstructured) fields { return pod(o)["containers"].([]any)[0].(fields) }
	for _, c := range []struct {
		name   string
		change func(o *unstructured.Unstructured)
		want   bool
	}{
		{"nothing", func(*unstructured.Unstructured) {}, false},
		{"defaults", func(o *unstructured.Unstructured) { service(o)["imagePullPolicy"] = "Always" }, false},
		{"scaled by hand", func(o *unstructured.Unstructured) { o.Object["spec"].(fields)["replicas"] = int64(5) }, false},
		{"another image, by hand", func(o *unstructured.Unstructured) { service(o)["image"] = "app:hotfix" }, false},
		{"another variable, by hand", func(o *unstructured.Unstructured) {
			service(o)["env"] = append(service(o)["env"].([]any), fields{"name": "HAND", "value": "1"})
		}, false},
		{"the dead image", func(o *unstructured.Unstructured) { service(o)["image"] = "app:2" }, true},
		{"a list without names", func(o *unstructured.Unstructured) { service(o)["args"] = []any{"a", "b"} }, true},
		{"the dead variable", func(o *unstructured.Unstructured) {
			service(o)["env"] = append(service(o)["env"].([]any), fields{"name": "DEAD", "value": "dead"})
		}, true},
		{"a variable is gone", func(o *unstructured.Unstructured) { service(o)["env"] = []any{} }, true},
		{"a field that was not there", func(o *unstructured.Unstructured) { pod(o)["nodeSelector"] = fields{"dead": "yes"} }, true},
		{"a field is gone, which has a default", func(o *unstructured.Unstructured) { pod(o)["dnsPolicy"] = "ClusterFirst" }, true},
		{"a label", func(o *unstructured.Unstructured) { o.SetLabels(map[string]string{"version": "2"}) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			of := func(text string) object {
				all, err := objects(text, "project")
				require.NoError(t, err)
				return all[0]
			}
			live := of(good).DeepCopy()
			c.change(live)
			require.Equal(t, c.want, hasTrace(of(good), of(dead), live))
			require.False(t, hasTrace(of(good), of(good), live), "nothing has changed")
		})
	}
}
