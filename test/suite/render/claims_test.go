package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestClaims(t *testing.T) {
	cases := []struct {
		name   string
		values given
		size   string
		class  *string
		modes  []corev1.PersistentVolumeAccessMode
		keep   bool
	}{
		{name: "by default", values: yaml("volumes: {data: {mountPath: /data, claim: {size: 10Gi}}}"), size: "10Gi", modes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}},
		{name: "other settings", values: yaml("volumes: {data: {mountPath: /data, claim: {size: 1Gi, storageClassName: fast, accessModes: [ReadOnlyMany], keep: true}}}"),
			size: "1Gi", class: ptr.To("fast"), modes: []corev1.PersistentVolumeAccessMode{corev1.ReadOnlyMany}, keep: true},
		{name: "for one pod", values: yaml("{replicas: 1, strategy: {type: Recreate}, volumes: {data: {mountPath: /data, claim: {size: 1Gi, accessModes: [ReadWriteOnce]}}}}"),
			size: "1Gi", modes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}},
		{name: "for the only pod", values: yaml("{environment: prod, singleton: true, volumes: {data: {mountPath: /data, claim: {size: 1Gi}}}}"),
			size: "1Gi", modes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}},
		{name: "a size in bytes", values: yaml("volumes: {data: {mountPath: /data, claim: {size: 1073741824}}}"), size: "1073741824", modes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			claim, err := render.Get[*corev1.PersistentVolumeClaim](rendered(t, c.values), name+"-data")
			require.NoError(t, err)
			require.Equal(t, c.size, claim.Spec.Resources.Requests.Storage().String())
			require.Equal(t, c.class, claim.Spec.StorageClassName)
			require.Equal(t, c.modes, claim.Spec.AccessModes)
			require.Equal(t, c.keep, claim.Annotations["helm.sh/resource-policy"] == "keep")

			pod := pod(t, c.values).Spec
			require.Equal(t, corev1.Volume{Name: "data", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name + "-data"},
			}}, pod.Volumes[0])
			require.Equal(t, corev1.VolumeMount{Name: "data", MountPath: "/data"}, pod.Containers[0].VolumeMounts[0])
		})
	}
}

// A hook's job runs before Helm makes the claim, and no other pod may keep a node busy with it.
func TestClaimsAreTheServicesAlone(t *testing.T) {
	manifests := rendered(t, yaml(everything))
	for made, pod := range pods(t, manifests) {
		claims := 0
		for _, volume := range pod.Spec.Volumes {
			if volume.PersistentVolumeClaim != nil {
				claims++
			}
		}
		for _, container := range pod.Spec.Containers {
			for _, mount := range container.VolumeMounts {
				if mount.Name == "data" {
					claims++
				}
			}
		}
		if made == "Deployment/"+name {
			require.Equal(t, 2, claims)
		} else {
			require.Zero(t, claims, made)
		}
	}
}

func TestNoClaims(t *testing.T) {
	none[*corev1.PersistentVolumeClaim](t, rendered(t, yaml()))
}
