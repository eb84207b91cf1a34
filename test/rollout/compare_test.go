package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestCompare(t *testing.T) {
	const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {app: app}}
spec:
  replicas: 2
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      hostNetwork: false
      containers:
        - name: service
          image: app:1
          resources: {limits: {cpu: 0.5, memory: 128Mi}}
          env: [{name: A, value: "1"}, {name: EMPTY, value: ""}]
          ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {a.yml: a}
---
apiVersion: v1
kind: Secret
metadata: {name: app}
stringData: {password: secret}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {ttlSecondsAfterFinished: 60, template: {spec: {restartPolicy: Never}}}
`
	const deploymentSpec, container = "spec.template.spec", "spec.template.spec.containers[service]"
	type fields = map[string]any
	template := func(o *unstructured.Unstructured) fields {
		return o.Object["spec"].(fields)["template"].(fields)["spec"].(fields)
	}
	service := func(o *unstructured.Unstructured) fields { return template(o)["containers"].([]any)[0].(fields) }
	for _, c := range []struct {
		name, kind string
		// change turns what the API server makes of the manifest into what is live.
		change func(o *unstructured.Unstructured)
		want   []string
	}{
		{"as written", "Deployment", func(*unstructured.Unstructured) {}, nil},
		{"defaults", "Deployment", func(o *unstructured.Unstructured) {
			template(o)["dnsPolicy"], service(o)["imagePullPolicy"] = "ClusterFirst", "IfNotPresent"
			service(o)["ports"].([]any)[0].(fields)["protocol"] = "TCP"
			o.SetAnnotations(map[string]string{"somebody": "was here"})
		}, nil},
		{"image", "Deployment", func(o *unstructured.Unstructured) { service(o)["image"] = "app:2" },
			[]string{"Deployment/app: " + container + `.image is "app:2" instead of "app:1"`}},
		{"more variables", "Deployment", func(o *unstructured.Unstructured) {
			service(o)["env"] = append(service(o)["env"].([]any), fields{"name": "DEAD"})
		}, []string{"Deployment/app: " + container + ".env[DEAD] is there instead of missing"}},
		{"fewer variables", "Deployment", func(o *unstructured.Unstructured) { service(o)["env"] = service(o)["env"].([]any)[1:] },
			[]string{"Deployment/app: " + container + ".env[A] is missing instead of there"}},
		{"a list that the manifest has not", "Deployment", func(o *unstructured.Unstructured) { template(o)["volumes"] = []any{fields{"name": "dead"}} },
			[]string{"Deployment/app: " + deploymentSpec + ".volumes is [map[name:dead]] instead of missing"}},
		{"memory", "Deployment", func(o *unstructured.Unstructured) {
			service(o)["resources"].(fields)["limits"].(fields)["memory"] = "64Mi"
		}, []string{"Deployment/app: " + container + `.resources.limits.memory is "64Mi" instead of "128Mi"`}},
		{"replicas", "Deployment", func(o *unstructured.Unstructured) { o.Object["spec"].(fields)["replicas"] = int64(3) },
			[]string{"Deployment/app: spec.replicas is 3 instead of 2"}},
		{"replicas that somebody has scaled", "Deployment", func(o *unstructured.Unstructured) {
			o.Object["spec"].(fields)["replicas"] = int64(3)
			o.Object["metadata"].(fields)["managedFields"] = []any{fields{"manager": "kube-controller-manager", "subresource": "scale"}}
		}, nil},
		{"missing", "Deployment", nil, []string{"Deployment/app is missing"}},
		{"label", "ConfigMap", func(o *unstructured.Unstructured) { o.SetLabels(map[string]string{"more": "labels"}) }, nil},
		{"content", "ConfigMap", func(o *unstructured.Unstructured) { o.Object["data"] = fields{"a.yml": "b"} }, []string{`ConfigMap/app: data.a.yml is "b" instead of "a"`}},
		{"more content", "ConfigMap", func(o *unstructured.Unstructured) { o.Object["data"] = fields{"a.yml": "a", "dead.yml": "d"} },
			[]string{`ConfigMap/app: data.dead.yml is "d" instead of missing`}},
		{"secret", "Secret", func(o *unstructured.Unstructured) {
			delete(o.Object, "stringData")
			o.Object["data"] = fields{"password": "c2VjcmV0"}
		}, nil},
		{"another secret, which is not told", "Secret", func(o *unstructured.Unstructured) { o.Object["data"] = fields{"password": "b3RoZXI="} },
			[]string{"Secret/app: data.password is another instead of that of the manifest"}},
		{"a job that removes itself", "Job", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := objects(manifest, "project")
			require.NoError(t, err)
			require.Len(t, all, 4)
			for _, o := range all {
				if o.GetKind() != c.kind {
					continue
				}
				var live *unstructured.Unstructured
				if c.change != nil {
					live = &unstructured.Unstructured{Object: canonical(o)}
					live = live.DeepCopy()
					c.change(live)
				}
				var got []string
				for _, d := range compare(o, live) {
					got = append(got, d.String())
				}
				require.Equal(t, c.want, got)
			}
		})
	}
}

// What a hand has changed is printed into a job's log.
func TestTextHidesSecrets(t *testing.T) {
	require.Equal(t, `"(hidden)"`, text("data.encKey", "planted"))
	require.Equal(t, "[map[name:API_KEY value:(hidden)]]", text("env", []any{map[string]any{"name": "API_KEY", "value": "planted"}}))
	require.Equal(t, `"planted"`, text("data.key", "planted"))
	require.Equal(t, "missing", text("data.encKey", nil))
}
