package kubernetes

import (
	"testing"
	"time"
)

const good = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers: [{name: c, image: nginx, ports: [{name: http, containerPort: 80}], resources: {limits: {cpu: 1}, requests: {cpu: 500m}}}]
`
const bad = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a, name: b}
spec:
  selector: {matchLabels: {app: b}}
  strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}
  foo: 1
  template:
    metadata: {labels: {app: a}}
    spec:
      hostnameOverride: x
      containers:
      - {name: c, image: nginx, ports: [{name: this-port-name-is-too-long, containerPort: 80}], resources: {limits: {cpu: 1}, requests: {cpu: 2}}, volumeMounts: [{name: nope, mountPath: /x}], env: [{name: "A=B", value: x}], readinessProbe: {httpGet: {path: /, port: 80}, successThreshold: 0, timeoutSeconds: -1}}
`

func TestSmoke(t *testing.T) {
	for _, d := range []string{good, bad, "a: b", "[]", "", "a: b: c", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}], ipFamilyPolicy: RequireDualStack}",
		"apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {foo: 1}", "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}"} {
		doc := Parse([]byte(d))
		for _, v := range []Version{"1.30", "1.37"} {
			s := time.Now()
			p, err := v.Create(doc, "x")
			t.Log(v, time.Since(s), err)
			for _, e := range p {
				t.Log("   ", e.Source, e)
			}
			p, err = v.PodSecurity(doc, "restricted")
			t.Log("  ", p, err)
		}
	}
	p, err := Version("1.37").Update(Parse([]byte(good)), Parse([]byte(bad)), "x")
	t.Log(err)
	for _, e := range p {
		t.Log("   ", e.Source, e)
	}
}
func BenchmarkSmoke(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Version("1.37").Create(Parse([]byte(good)), "x")
	}
}
