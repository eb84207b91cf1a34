package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestConfigFiles(t *testing.T) {
	cases := []struct {
		name   string
		values given
		want   map[string]string
	}{
		{name: "text is left as it is", values: yaml("config:\n  files:\n    app.yml: |\n      # kept\n      key:   value\n"), want: map[string]string{"app.yml": "# kept\nkey:   value\n"}},
		{name: "text with awkward characters", values: yaml(`config: {files: {a.txt: "{{ .Values }}\ttab\n\n  # x: \"y\"\n---\n"}}`), want: map[string]string{"a.txt": "{{ .Values }}\ttab\n\n  # x: \"y\"\n---\n"}},
		{name: "a map becomes YAML", values: yaml("config: {files: {app.yml: {key: {list: [1, two], big: 20250811}}}}"), want: map[string]string{"app.yml": "key:\n  big: 20250811\n  list:\n  - 1\n  - two\n"}},
		{name: "a map becomes JSON where the name says so", values: yaml("config: {files: {app.json: {key: {list: [1, two], big: 20250811}}, text.json: '{}'}}"), want: map[string]string{
			"app.json": "{\n  \"key\": {\n    \"big\": 20250811,\n    \"list\": [\n      1,\n      \"two\"\n    ]\n  }\n}\n", "text.json": "{}",
		}},
		{name: "a later file changes one key of a map", values: yaml("config: {files: {app.yml: {a: 1, b: 1}}}", "config: {files: {app.yml: {b: 2}}}"), want: map[string]string{"app.yml": "a: 1\nb: 2\n"}},
		{name: "null removes a file", values: yaml("config: {files: {a.txt: a, b.txt: b}}").set(`config.files.a\.txt=null`), want: map[string]string{"b.txt": "b"}},
		{name: "an empty file", values: yaml(`config: {files: {a.txt: ""}}`), want: map[string]string{"a.txt": ""}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			require.Equal(t, c.want, get[*corev1.ConfigMap](t, manifests).Data)
			require.Equal(t, name, mountedConfig(t, c.values, "/configs"))
		})
	}
}

// mountedConfig returns the name of the ConfigMap that the container sees in a folder, or "" if it sees none.
func mountedConfig(t *testing.T, values given, folder string) string {
	t.Helper()
	pod := pod(t, values).Spec
	for _, mount := range pod.Containers[0].VolumeMounts {
		if mount.MountPath != folder {
			continue
		}
		require.True(t, mount.ReadOnly)
		for _, volume := range pod.Volumes {
			if volume.Name == mount.Name {
				return volume.ConfigMap.Name
			}
		}
	}
	return ""
}

func TestConfigIsMounted(t *testing.T) {
	cases := []struct {
		name   string
		values given
		folder string
		want   string
	}{
		{name: "no files", values: yaml(), folder: "/configs"},
		{name: "no files left", values: yaml("config: {files: {a.txt: a}}", "config: {files: {a.txt: null}}"), folder: "/configs"},
		{name: "elsewhere", values: yaml("config: {mountPath: /etc/service, files: {a.txt: a}}"), folder: "/etc/service", want: name},
		{name: "an existing one", values: yaml("config: {existingConfigMap: shared}"), folder: "/configs", want: "shared"},
		{name: "an existing one instead of files", values: yaml("config: {files: {a.txt: a}}", "config: {existingConfigMap: shared, files: {a.txt: null}}"), folder: "/configs", want: "shared"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, mountedConfig(t, c.values, c.folder))
			if c.want != name {
				none[*corev1.ConfigMap](t, rendered(t, c.values))
			}
		})
	}
}

// Pods are replaced when, and only when, their template changes.
func TestConfigRollsThePods(t *testing.T) {
	const files = "config: {files: {app.yml: {key: value, other: 1}}}"
	cases := []struct {
		name          string
		before, after given
		rolls         bool
	}{
		{name: "nothing changed", before: yaml(files), after: yaml(files)},
		{name: "the content changed", before: yaml(files), after: yaml(files, "config: {files: {app.yml: {key: new}}}"), rolls: true},
		{name: "a file was added", before: yaml(files), after: yaml(files, "config: {files: {new.yml: text}}"), rolls: true},
		{name: "a file was renamed", before: yaml("config: {files: {a: text}}"), after: yaml("config: {files: {b: text}}"), rolls: true},
		{name: "the files were removed", before: yaml(files), after: yaml(), rolls: true},
		{name: "the same content in another order", before: yaml(files), after: yaml("config: {files: {app.yml: {other: 1, key: value}}}")},
		{name: "a revision, which files do not need", before: yaml(files), after: yaml(files, "config: {revision: 2}")},
		{name: "annotations of the Deployment", before: yaml(files), after: yaml(files, "annotations: {example.com/a: b}")},
		{name: "another existing ConfigMap", before: yaml("config: {existingConfigMap: a}"), after: yaml("config: {existingConfigMap: b}"), rolls: true},
		{name: "the same existing ConfigMap", before: yaml("config: {existingConfigMap: a}"), after: yaml("config: {existingConfigMap: a}")},
		{name: "a new revision of an existing ConfigMap", before: yaml("config: {existingConfigMap: a, revision: 1}"), after: yaml("config: {existingConfigMap: a, revision: 20250811}"), rolls: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before, after := pod(t, c.before), pod(t, c.after)
			if c.rolls {
				require.NotEqual(t, before, after)
			} else {
				require.Equal(t, before, after)
			}
		})
	}
}

func TestConfigRevisionIsExact(t *testing.T) {
	require.Equal(t, map[string]string{"config/revision": "20250811"},
		pod(t, yaml("config: {existingConfigMap: a, revision: 20250811}")).Annotations)
}
