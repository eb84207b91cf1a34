package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/kubernetes"
)

const deploymentOf = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [%s]}}}\n"

func TestWarnings(t *testing.T) {
	cases := []struct {
		name, text string
		version    kubernetes.Version
		says       []string
	}{
		{name: "nothing", text: fmt.Sprintf(deploymentOf, "{name: a, image: a}")},
		{name: "half a byte", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, resources: {limits: {memory: 512m}}}"), says: []string{`spec.template.spec.containers[0].resources.limits[memory]: fractional byte value "512m"`}},
		{name: "a variable twice", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, env: [{name: A, value: a}, {name: A, value: b}]}"), says: []string{`spec.template.spec.containers[0].env[1]: hides previous definition of "A"`}},
		{name: "what is refused", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, resources: {limits: {memory: 512m}}, ports: [{containerPort: 0}]}")},
		{name: "a kind that is deprecated", text: "apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n", version: "1.37", says: []string{"apiVersion: v1 Endpoints is deprecated in v1.33+"}},
		{name: "a kind that is not deprecated yet", text: "apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n", version: "1.32"},
		{name: "a kind that is not known", text: "apiVersion: example.com/v1\nkind: Other\nmetadata: {name: a}\n"},
		{name: "no object", text: "a: b: c"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			version := c.version
			if version == "" {
				version = "1.37"
			}
			document := kubernetes.Parse([]byte(c.text))
			warnings, err := version.Warnings(document, "default")
			require.NoError(t, err)
			require.Len(t, warnings, len(c.says), "%v", warnings)
			for i, says := range c.says {
				require.Contains(t, warnings[i].String(), says)
			}
			require.False(t, kubernetes.Refused(warnings))
			again, err := version.Warnings(document, "default")
			require.NoError(t, err)
			require.Equal(t, warnings, again)
		})
	}
	_, err := kubernetes.Version("1.2").Warnings(kubernetes.Parse(nil), "default")
	require.ErrorContains(t, err, `version "1.2" of Kubernetes is not known`)
}

func TestApply(t *testing.T) {
	cases := []struct {
		name, text string
		says       []string
	}{
		{name: "nothing", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, env: [{name: A, value: a}]}")},
		{name: "a variable twice", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, env: [{name: A, value: a}, {name: A, value: b}]}"), says: []string{`spec.template.spec.containers[name="a"].env: duplicate entries for key [name="A"]`}},
		{name: "a port twice", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, ports: [{containerPort: 80, name: a}, {containerPort: 80, protocol: TCP, name: b}]}"), says: []string{"ports: duplicate entries for key"}},
		{name: "a port for two protocols", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, ports: [{containerPort: 80, name: a}, {containerPort: 80, protocol: UDP, name: b}]}")},
		{name: "what creating it is refused for", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, unknown: 1}")},
		{name: "a list in which all may be twice", text: fmt.Sprintf(deploymentOf, "{name: a, image: a, args: [a, a]}")},
		{name: "a custom kind", text: "apiVersion: example.com/v1\nkind: Other\nmetadata: {name: a}\n"},
		{name: "no object", text: "a: b: c"},
		{name: "nothing at all", text: ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := kubernetes.Parse([]byte(c.text)).Apply()
			require.Len(t, found, len(c.says), "%v", found)
			for i, says := range c.says {
				require.Contains(t, found[i].String(), says)
			}
			require.False(t, kubernetes.Refused(found))
		})
	}
}

// What is said of an object is the same each time: what the server draws at random is in no message.
func TestMessagesAreTheSameEachTime(t *testing.T) {
	const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: A_}\n"
	say := func() string {
		problems, err := kubernetes.Version("1.37").Create(kubernetes.Parse([]byte(text)), "default")
		require.NoError(t, err)
		require.NotEmpty(t, problems)
		return fmt.Sprint(problems)
	}
	first := say()
	require.Equal(t, first, say())
	require.True(t, strings.Contains(first, `"A_xxxxx"`), first)
}

func TestClusterWide(t *testing.T) {
	for kind, wide := range map[schema.GroupKind]bool{
		{Kind: "Namespace"}: true, {Kind: "ConfigMap"}: false, {Kind: "Pod"}: false, {Group: "apps", Kind: "Deployment"}: false,
		{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}: true, {Group: "rbac.authorization.k8s.io", Kind: "Role"}: false,
		{Group: "cert-manager.io", Kind: "Issuer"}: false,
		{Group: "example.com", Kind: "Other"}:      false,
	} {
		require.Equal(t, wide, kubernetes.ClusterWide(kind), kind)
	}
}
