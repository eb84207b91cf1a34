package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the schema refuses, in Helm's words: where it stands, and what is wrong there.
func TestSchemaMistakes(t *testing.T) {
	cases := []struct {
		name   string
		values given
		says   []string
	}{
		{name: "a misspelt key", values: yaml("replcas: 3"), says: []string{"at '': additional properties 'replcas' not allowed"}},
		{name: "a misspelt key from set", values: yaml().set("image.tga=dev-1"), says: []string{"at '/image': additional properties 'tga' not allowed"}},
		{name: "a misspelt key of a map's entry", values: yaml("ports: {http: {prot: 80}}"), says: []string{"at '/ports/http': additional properties 'prot' not allowed"}},
		{name: "a misspelt key of Kubernetes", values: yaml("readinessProbe: {httpGet: {prot: http}}"), says: []string{"at '/readinessProbe/httpGet': additional properties 'prot' not allowed"}},
		{name: "an unknown resource", values: yaml("resources: {limits: {cpuu: 1}}"), says: []string{"at '/resources/limits': additional properties 'cpuu' not allowed"}},
		{name: "no name of a variable", values: yaml("env: {1A: a}"), says: []string{"at '/env': additional properties '1A' not allowed"}},
		{name: "another type", values: yaml(`replicas: "3"`), says: []string{"at '/replicas': got string, want null or integer"}},
		{name: "a list for a map", values: yaml("env: [A]"), says: []string{"at '/env': got array, want null or object"}},
		{name: "none of the choices", values: yaml("image: {pullPolicy: Sometimes}"), says: []string{"at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never', <nil>"}},
		{name: "out of bounds", values: yaml("ports: {http: {port: 70000}}"), says: []string{"at '/ports/http/port': maximum: got 70,000, want 65,535"}},
		{name: "removed, but the chart needs it", values: yaml("minReadySeconds: null"), says: []string{"at '': missing property 'minReadySeconds'"}},
		{name: "removed with all below it", values: yaml("service: null"), says: []string{"at '': missing property 'service'"}},
		{name: "several", values: yaml("{replcas: 3, image: {tga: dev-1}, shutdownSeconds: ten}"), says: []string{
			"at '': additional properties 'replcas' not allowed",
			"at '/image': additional properties 'tga' not allowed",
			"at '/shutdownSeconds': got string, want null or integer",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := try(t, release, c.values)
			require.Error(t, err)
			before, list, _ := strings.Cut(err.Error(), "\nmicroservice:\n")
			require.Equal(t, "release example-microservice: values don't meet the specifications of the schema(s) in the following chart(s):", before)
			said := strings.Split(strings.TrimPrefix(strings.TrimSuffix(list, "\n"), "- "), "\n- ")
			require.ElementsMatch(t, c.says, said)
		})
	}
}
