package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestVolumes(t *testing.T) {
	emptyDir := func(name string) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
	}
	secret := corev1.Volume{Name: "keys", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "keys"}}}
	tmp := corev1.VolumeMount{Name: "tmp", MountPath: "/tmp"}
	cases := []struct {
		name    string
		values  given
		volumes []corev1.Volume
		mounts  []corev1.VolumeMount
	}{
		{name: "a place for temporary files", values: yaml(), volumes: []corev1.Volume{emptyDir("tmp")}, mounts: []corev1.VolumeMount{tmp}},
		{name: "elsewhere", values: yaml("volumes: {tmp: {mountPath: /var/tmp}}"), volumes: []corev1.Volume{emptyDir("tmp")}, mounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/var/tmp"}}},
		{name: "one more", values: yaml("volumes: {keys: {mountPath: /keys, readOnly: true, secret: {secretName: keys}}}"),
			volumes: []corev1.Volume{secret, emptyDir("tmp")}, mounts: []corev1.VolumeMount{{Name: "keys", MountPath: "/keys", ReadOnly: true}, tmp}},
		{name: "one file of it", values: yaml("volumes: {keys: {mountPath: /keys/a, subPath: a, secret: {secretName: keys}}}"),
			volumes: []corev1.Volume{secret, emptyDir("tmp")}, mounts: []corev1.VolumeMount{{Name: "keys", MountPath: "/keys/a", SubPath: "a"}, tmp}},
		{name: "a folder of each pod", values: yaml("{env: {POD: {valueFrom: {fieldRef: {fieldPath: metadata.name}}}}, volumes: {tmp: {subPathExpr: $(POD)}}}"),
			volumes: []corev1.Volume{emptyDir("tmp")}, mounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp", SubPathExpr: "$(POD)"}}},
		{name: "not mounted", values: yaml("volumes: {keys: {secret: {secretName: keys}}}"), volumes: []corev1.Volume{secret, emptyDir("tmp")}, mounts: []corev1.VolumeMount{tmp}},
		{name: "null over the chart", values: yaml("volumes: {tmp: null}")},
		{name: "null over an earlier file", values: yaml("volumes: {keys: {mountPath: /keys, secret: {secretName: keys}}}", "volumes: {keys: null}"), volumes: []corev1.Volume{emptyDir("tmp")}, mounts: []corev1.VolumeMount{tmp}},
		{name: "another source", values: yaml("volumes: {tmp: {emptyDir: null, secret: {secretName: keys}}}"),
			volumes: []corev1.Volume{{Name: "tmp", VolumeSource: secret.VolumeSource}}, mounts: []corev1.VolumeMount{tmp}},
		{name: "in memory", values: yaml("volumes: {tmp: {emptyDir: {medium: Memory}}}"),
			volumes: []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}}}, mounts: []corev1.VolumeMount{tmp}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pod := pod(t, c.values).Spec
			require.Equal(t, c.volumes, pod.Volumes)
			require.Equal(t, c.mounts, pod.Containers[0].VolumeMounts)
		})
	}
}
