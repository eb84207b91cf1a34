package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// goVariables returns the variables of Go's runtime that a container has.
func goVariables(container corev1.Container) map[string]string {
	variables := map[string]string{}
	for _, variable := range container.Env {
		if strings.HasPrefix(variable.Name, "GO") {
			variables[variable.Name] = variable.Value
		}
	}
	return variables
}

func TestMemoryLimit(t *testing.T) {
	cases := []struct{ limit, ratio, want string }{
		{limit: "128Mi", ratio: "0.9", want: "120795955"},
		{limit: "1Gi", ratio: "0.5", want: "536870912"},
		{limit: "1.5Gi", ratio: "1", want: "1610612736"},
		{limit: "100M", ratio: "0.9", want: "90000000"},
		{limit: "5000k", ratio: "0.5", want: "2500000"},
		{limit: "2000Ki", ratio: "0.1", want: "204800"},
		{limit: "2Ti", ratio: "0.75", want: "1649267441664"},
		{limit: "1e9", ratio: "0.8", want: "800000000"},
		{limit: "134217728", ratio: "0.9", want: "120795955"},
		{limit: "1G", ratio: "0.333", want: "333000000"},
	}
	for _, c := range cases {
		t.Run(c.limit+" "+c.ratio, func(t *testing.T) {
			values := yaml(fmt.Sprintf("resources: {requests: {memory: 1Mi}, limits: {memory: %s}}\ngoRuntime: {memoryLimitRatio: %s}", c.limit, c.ratio))
			container := container(t, values)
			require.Equal(t, map[string]string{"GOMEMLIMIT": c.want}, goVariables(container))
			// Go is never given more than the kernel lets the container have.
			limit := resource.MustParse(c.want)
			require.LessOrEqual(t, limit.Value(), container.Resources.Limits.Memory().Value())
		})
	}
}

func TestGoRuntime(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   map[string]string
	}{
		{name: "no limit", values: yaml("resources: {limits: {memory: null}}"), want: map[string]string{}},
		{name: "no resources", values: yaml("resources: null"), want: map[string]string{}},
		{name: "no ratio", values: yaml("goRuntime: {memoryLimitRatio: null}"), want: map[string]string{}},
		{name: "processors", values: yaml("goRuntime: {memoryLimitRatio: null, maxProcs: 2}"), want: map[string]string{"GOMAXPROCS": "2"}},
		{name: "the service's own", values: yaml("env: {GOMEMLIMIT: 64MiB}"), want: map[string]string{"GOMEMLIMIT": "64MiB"}},
		{name: "the service wants none", values: yaml("env: {GOMEMLIMIT: null}"), want: map[string]string{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, goVariables(container(t, c.values)))
		})
	}
}

// Each container has a limit of its own, and another image may not be Go at all.
func TestMemoryLimitOfOtherContainers(t *testing.T) {
	pod := pod(t, yaml(`
initContainers:
  a: {}
  b: {resources: {limits: {memory: 1Gi}}}
  c: {image: {repository: registry.example.com/tool, tag: "1"}}
`)).Spec
	var got []map[string]string
	for _, container := range pod.InitContainers {
		got = append(got, goVariables(container))
	}
	require.Equal(t, []map[string]string{{"GOMEMLIMIT": "120795955"}, {"GOMEMLIMIT": "966367641"}, {}}, got)
}
