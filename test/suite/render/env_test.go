package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// The variables of Go's runtime, which the chart adds, have a test of their own.
func TestEnv(t *testing.T) {
	text := func(name, value string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: value} }
	cases := []struct {
		name   string
		values given
		want   []corev1.EnvVar
	}{
		{name: "none", values: yaml()},
		{name: "text", values: yaml(`env: {A: b, EMPTY: "", LINES: "a\nb", QUOTED: '"', PORT: "8080"}`), want: []corev1.EnvVar{
			text("A", "b"), text("EMPTY", ""), text("LINES", "a\nb"), text("PORT", "8080"), text("QUOTED", `"`),
		}},
		{name: "booleans", values: yaml("env: {DEBUG: true, TRACE: false}"), want: []corev1.EnvVar{text("DEBUG", "true"), text("TRACE", "false")}},
		{name: "whole numbers", values: yaml("env: {PORT: 8080, ZERO: 0, MINUS: -5, BIG: 20250811, BIGGEST: 9007199254740991}"), want: []corev1.EnvVar{
			text("BIG", "20250811"), text("BIGGEST", "9007199254740991"), text("MINUS", "-5"), text("PORT", "8080"), text("ZERO", "0"),
		}},
		{name: "numbers with a fraction", values: yaml("env: {HALF: 0.5, RATE: 0.000125, BIG: 123456789.25}"), want: []corev1.EnvVar{
			text("BIG", "123456789.25"), text("HALF", "0.5"), text("RATE", "0.000125"),
		}},
		{name: "numbers from set", values: yaml().set("env.BIG=20250811", "env.BIGGEST=9007199254740993", "env.RATE=1.50"), want: []corev1.EnvVar{
			text("BIG", "20250811"), text("BIGGEST", "9007199254740993"), text("RATE", "1.50"),
		}},
		{name: "from elsewhere", values: yaml("env: {AGENT: {valueFrom: {fieldRef: {fieldPath: metadata.name}}}, KEY: {valueFrom: {secretKeyRef: {name: keys, key: k}}}}"), want: []corev1.EnvVar{
			{Name: "AGENT", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
			{Name: "KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "keys"}, Key: "k",
			}}},
		}},
		{name: "a later file adds and replaces", values: yaml("env: {A: 1, B: 1}", "env: {B: 2, C: 2}"), want: []corev1.EnvVar{text("A", "1"), text("B", "2"), text("C", "2")}},
		{name: "after what they refer to", values: yaml("env: {A: $(B)/$(Z), B: $(Z), Z: z, URL: postgres://$(USER)@db, USER: {valueFrom: {secretKeyRef: {name: db, key: user}}}}"), want: []corev1.EnvVar{
			text("Z", "z"), text("B", "$(Z)"), text("A", "$(B)/$(Z)"),
			{Name: "USER", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "db"}, Key: "user"}}},
			text("URL", "postgres://$(USER)@db"),
		}},
		{name: "two dollars are one", values: yaml("env: {A: $$(Z), B: $$$(Z), Z: z}"), want: []corev1.EnvVar{text("A", "$$(Z)"), text("Z", "z"), text("B", "$$$(Z)")}},
		{name: "what the cluster gives", values: yaml("env: {API: https://$(KUBERNETES_SERVICE_HOST)}"), want: []corev1.EnvVar{text("API", "https://$(KUBERNETES_SERVICE_HOST)")}},
		{name: "null in a file", values: yaml("env: {A: null}")},
		{name: "null over an earlier file", values: yaml("env: {A: 1, B: 1}", "env: {A: null}"), want: []corev1.EnvVar{text("B", "1")}},
		{name: "null from set over a file", values: yaml("env: {A: 1, B: 1}").set("env.A=null"), want: []corev1.EnvVar{text("B", "1")}},
		{name: "null over a reference", values: yaml("env: {A: {valueFrom: {fieldRef: {fieldPath: metadata.name}}}}", "env: {A: null}")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.values.files = append([]string{"goRuntime: {memoryLimitRatio: null}"}, c.values.files...)
			require.Equal(t, c.want, container(t, c.values).Env)
		})
	}
}

// Nobody knows here which variables a Secret holds, and a shell has a $(date) too.
func TestReferencesThatMayBeRight(t *testing.T) {
	container(t, yaml("{envFrom: {secrets: {db: true}}, env: {URL: $(DB_URL), A: $(A)}, args: [$(DB_URL)]}"))
	container(t, yaml("{command: [sh, -c], args: ['echo $(date) $$(NONE)']}"))
}

// Whole ConfigMaps and Secrets, each key a variable.
func TestEnvFrom(t *testing.T) {
	configMap := func(name string) corev1.EnvFromSource {
		return corev1.EnvFromSource{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
	}
	cases := []struct {
		name   string
		values given
		want   []corev1.EnvFromSource
	}{
		{name: "none", values: yaml()},
		{name: "by name", values: yaml("envFrom: {secrets: {b: true, a: true}, configMaps: {c: true}}"), want: []corev1.EnvFromSource{configMap("c"), secretVariables("a"), secretVariables("b")}},
		{name: "with a prefix, if it is there", values: yaml("envFrom: {secrets: {a: {prefix: DB_, optional: true}, b: {}}}"), want: []corev1.EnvFromSource{
			{Prefix: "DB_", SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "a"}, Optional: ptr.To(true)}}, secretVariables("b"),
		}},
		{name: "false removes", values: yaml("envFrom: {secrets: {a: true, b: true}}", "envFrom: {secrets: {a: false}}"), want: []corev1.EnvFromSource{secretVariables("b")}},
		{name: "null removes", values: yaml("envFrom: {configMaps: {c: true, d: true}}").set("envFrom.configMaps.c=null"), want: []corev1.EnvFromSource{configMap("d")}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, container(t, c.values).EnvFrom)
		})
	}
}

func secretVariables(name string) corev1.EnvFromSource {
	return corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
}
