package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestImage(t *testing.T) {
	const repository = "registry.example.com/the-project/example-microservice"
	const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	cases := []struct {
		name   string
		values given
		want   string
	}{
		{name: "a tag", values: yaml(), want: repository + ":dev-1"},
		{name: "a tag from set", values: yaml().set("image.tag=dev-4711"), want: repository + ":dev-4711"},
		{name: "another repository", values: yaml("image: {repository: registry.example.com:5050/other}"), want: "registry.example.com:5050/other:dev-1"},
		{name: "the team's registry", values: yaml("image: {registry: registry.example.com/team, repository: null}"), want: "registry.example.com/team/" + name + ":dev-1"},
		{name: "a repository beside the team's registry", values: yaml("image: {registry: registry.example.com/team}"), want: repository + ":dev-1"},
		{name: "a whole number", values: yaml("image: {tag: 20250811}"), want: repository + ":20250811"},
		{name: "a whole number from set", values: yaml().set("image.tag=20250811"), want: repository + ":20250811"},
		{name: "a whole number from set-string", values: yaml().setString("image.tag=20250811"), want: repository + ":20250811"},
		{name: "zero", values: yaml("image: {tag: 0}"), want: repository + ":0"},
		{name: "the largest whole number", values: yaml("image: {tag: 9007199254740991}"), want: repository + ":9007199254740991"},
		{name: "the largest whole number from set", values: yaml().set("image.tag=9007199254740991"), want: repository + ":9007199254740991"},
		{name: "a number that set takes for text", values: yaml().set("image.tag=1.10"), want: repository + ":1.10"},
		{name: "text that looks like a number", values: yaml(`image: {tag: "1e3"}`), want: repository + ":1e3"},
		{name: "text that looks like a boolean", values: yaml(`image: {tag: "true"}`), want: repository + ":true"},
		{name: "a digest", values: yaml("image: {tag: null, digest: " + digest + "}"), want: repository + "@" + digest},
		{name: "a digest and an empty tag", values: yaml(`image: {tag: "", digest: ` + digest + "}"), want: repository + "@" + digest},
		{name: "a digest beside a tag", values: yaml("image: {digest: " + digest + "}"), want: repository + ":dev-1@" + digest},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, container(t, c.values).Image)
		})
	}
}

func TestImagePullPolicy(t *testing.T) {
	require.Equal(t, corev1.PullIfNotPresent, container(t, yaml()).ImagePullPolicy)
	require.Equal(t, corev1.PullAlways, container(t, yaml("image: {pullPolicy: Always}")).ImagePullPolicy)
	// As Kubernetes would have it: what latest is changes, and what a digest is does not.
	require.Equal(t, corev1.PullAlways, container(t, yaml("image: {tag: latest}")).ImagePullPolicy)
	require.Equal(t, corev1.PullIfNotPresent, container(t, yaml("image: {tag: latest, digest: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'}")).ImagePullPolicy)
	require.Equal(t, corev1.PullIfNotPresent, container(t, yaml("image: {tag: latest, pullPolicy: IfNotPresent}")).ImagePullPolicy)
	sidecar := pod(t, yaml("sidecars: {a: {image: {repository: registry.example.com/a, tag: latest}}}")).Spec.InitContainers[0]
	require.Equal(t, corev1.PullAlways, sidecar.ImagePullPolicy)
}

func TestImagePullSecrets(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   []corev1.LocalObjectReference
	}{
		{name: "none", values: yaml()},
		{name: "by name", values: yaml("imagePullSecrets: {b: true, a: true}"), want: []corev1.LocalObjectReference{{Name: "a"}, {Name: "b"}}},
		{name: "false removes", values: yaml("imagePullSecrets: {a: true}", "imagePullSecrets: {a: false, b: true}"), want: []corev1.LocalObjectReference{{Name: "b"}}},
		{name: "null removes", values: yaml("imagePullSecrets: {a: true, b: true}").set("imagePullSecrets.b=null"), want: []corev1.LocalObjectReference{{Name: "a"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, pod(t, c.values).Spec.ImagePullSecrets)
		})
	}
}
