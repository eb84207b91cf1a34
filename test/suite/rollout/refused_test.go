package rollout

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const expandable = "expandable"

// claim are the flags of a service with a claim of a size.
func (s service) claim(size string) []string {
	return []string{"--set-json", `strategy={"type":"Recreate"}`,
		"--set-json", `volumes.data={"mountPath":"/data","claim":{"size":"` + size + `","storageClassName":"` + expandable + `","accessModes":["ReadWriteOnce"]}}`}
}

// makeVolume makes a volume for the service's claim, which may grow.
func (s service) makeVolume() {
	s.t.Helper()
	_, err := admin.Typed.StorageV1().StorageClasses().Create(s.t.Context(), &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: expandable}, Provisioner: "kubernetes.io/no-provisioner", AllowVolumeExpansion: new(true),
	}, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		require.NoError(s.t, err)
	}
	_, err = admin.Typed.CoreV1().PersistentVolumes().Create(s.t.Context(), &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: s.name},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:    corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("5Gi")},
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: expandable,
			ClaimRef:               &corev1.ObjectReference{Namespace: namespace, Name: s.name + "-data"},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/data"}},
		},
	}, metav1.CreateOptions{})
	require.NoError(s.t, err)
}

// A claim that grew never shrinks, so there is no way back: that is said once, and the release can be deployed as with Helm
// alone.
func TestClaimThatGrew(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		const noWayBack = "there is no way back to revision 1: "
		grow := func(t *testing.T) service {
			s := newService(t, p)
			s.makeVolume()
			s.mustUpgrade(append(good("dev-1"), s.claim("1Gi")...)...)
			eventually.NoError(t, "the claim's volume", func(ctx context.Context) error {
				claim, err := admin.Typed.CoreV1().PersistentVolumeClaims(namespace).Get(ctx, s.name+"-data", metav1.GetOptions{})
				if err == nil && claim.Status.Phase != corev1.ClaimBound {
					err = errors.New("is not bound")
				}
				return err
			})
			return s
		}
		deployedAgain := func(t *testing.T, s service) {
			s.mustUpgrade(append(good("dev-2"), s.claim("2Gi")...)...)
			require.Equal(t, "deployed", s.status())
			require.NotContains(t, s.objects(), "ConfigMap/RELEASE-dead")
			d, err := admin.Typed.AppsV1().Deployments(namespace).Get(t.Context(), s.name, metav1.GetOptions{})
			require.NoError(t, err)
			require.Equal(t, "registry.example.com/the-project/example-microservice:dev-2", d.Spec.Template.Spec.Containers[0].Image)
			for _, variable := range d.Spec.Template.Spec.Containers[0].Env {
				require.NotEqual(t, "DEAD", variable.Name)
			}
			require.Empty(t, s.lease())
		}
		t.Run("failed", func(t *testing.T) {
			t.Parallel()
			s := grow(t).bySlipway()
			failing := s.beginDead(nothing, append(s.claim("2Gi"), s.atomic()...)...)
			failing.signal(syscall.SIGTERM)
			code, said := failing.end()
			require.Equal(t, 1, code)
			require.Contains(t, said, noWayBack)
			require.Contains(t, said, "field can not be less than status.capacity")
			require.Contains(t, said, "live is revision 1 but for: PersistentVolumeClaim/"+s.name+`-data: spec.resources.requests.storage is "2Gi" instead of "1Gi"`)

			failing = s.beginDead(nothing, append(s.claim("2Gi"), s.atomic()...)...)
			require.NotContains(t, failing.said.String(), "slipway: revision")
			failing.signal(syscall.SIGTERM)
			_, said = failing.end()
			require.NotContains(t, said, noWayBack, "it was said")
			deployedAgain(t, s)
		})
		t.Run("killed", func(t *testing.T) {
			t.Parallel()
			s := grow(t)
			s.beginDead(nothing, append(s.claim("2Gi"), s.atomic()...)...).kill()
			s = s.bySlipway("--pending-timeout", "0s")
			said := s.mustUpgrade(append(good("dev-2"), s.claim("2Gi")...)...)
			require.Contains(t, said, noWayBack)
			deployedAgain(t, s)
			require.NotContains(t, s.mustUpgrade(append(good("dev-3"), s.claim("2Gi")...)...), "slipway: ", "a deploy went well since")
		})
	})
}
