package rollout

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const imageOf = "registry.example.com/the-project/example-microservice:"

// kubectl is what an administrator types.
func (s service) kubectl(args ...string) {
	s.t.Helper()
	hand := helmcli.Terminal{T: s.t, Program: s.program, Kubeconfig: admin.Kubeconfig}
	hand.Must("kubectl", append(args, "--namespace", namespace)...)
}

// changeByHand scales the service, and sets its image and a variable.
func (s service) changeByHand() {
	s.t.Helper()
	s.kubectl("scale", "deployment/"+s.name, "--replicas=3")
	s.kubectl("set", "image", "deployment/"+s.name, s.container()+"="+imageOf+"dev-hotfix")
	s.kubectl("set", "env", "deployment/"+s.name, "HAND=yes")
}

func (s service) deployment() *appsv1.Deployment {
	s.t.Helper()
	d, err := admin.Typed.AppsV1().Deployments(namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	return d
}

// A deploy takes back what a hand has set, and says what it was and who has set it. Helm 4 alone is refused for ever.
func TestTakesBackFromHands(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		t.Run("upgrade", func(t *testing.T) {
			t.Parallel()
			s := newService(t, p)
			s.mustUpgrade(good("dev-1")...)
			s.changeByHand()
			s = s.bySlipway()
			said := s.mustUpgrade(append(good("dev-2"), s.atomic()...)...)
			container := "spec.template.spec.containers[" + s.container() + "]"
			for _, line := range []string{
				"spec.replicas was set to 3 by kubectl, instead of 1: the chart decides again",
				container + `.image was set to "` + imageOf + `dev-hotfix" by kubectl-set, instead of "` + imageOf + `dev-1": the chart decides again`,
				container + ".env[HAND] was set by kubectl-set and is in no manifest: it stays unless the chart sets it",
			} {
				require.Contains(t, said, "slipway: Deployment/"+s.name+": "+line+"\n")
			}
			d := s.deployment()
			require.EqualValues(t, 1, *d.Spec.Replicas)
			require.Equal(t, imageOf+"dev-2", d.Spec.Template.Spec.Containers[0].Image)
			require.NotContains(t, s.mustUpgrade(good("dev-3")...), " was set ", "it was said")
		})
		t.Run("first install that failed", func(t *testing.T) {
			t.Parallel()
			s := newService(t, p)
			failing := s.beginDead(nothing, "--wait")
			failing.signal(syscall.SIGTERM)
			failing.end()
			s.kubectl("scale", "deployment/"+s.name, "--replicas=3")
			s.bySlipway().mustUpgrade(good("dev-1")...)
			s.requireAsFresh("dev-1")
		})
		t.Run("control", func(t *testing.T) {
			t.Parallel()
			s := newService(t, p)
			s.mustUpgrade(good("dev-1")...)
			s.changeByHand()
			code, said := s.upgrade(good("dev-2")...)
			require.Equal(t, p == helmcli.Helm4, code != 0)
			if code != 0 {
				require.Contains(t, said, `with "kubectl" with subresource "scale"`)
			}
		})
	})
}

// A deploy that the API server has refused, and that has changed nothing in the end, is not undone: what was live stays.
func TestRefusedDeployTouchesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	s.mustUpgrade(good("dev-1")...)
	// Neither a hand nor Helm: its fields are its own.
	patch := `{"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"` + s.container() + `","image":"` + imageOf + `dev-operator"}]}}}}`
	_, err := admin.Typed.AppsV1().Deployments(namespace).Patch(t.Context(), s.name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "operator"})
	require.NoError(t, err)
	before := s.deployment()
	for range 2 {
		code, said := s.bySlipway().upgrade(append(good("dev-2"), s.atomic()...)...)
		require.Equal(t, 1, code)
		require.Contains(t, said, `conflicts with "operator"`)
		require.NotContains(t, said, "rolling back to")
		now := s.deployment()
		require.Equal(t, before.UID, now.UID)
		require.Equal(t, before.Spec, now.Spec)
		require.Equal(t, before.Generation, now.Generation)
	}
}

// How many pods there are is the autoscaler's, on the way back too.
func TestAutoscalerKeepsItsNumber(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		autoscaling := []string{"--set", "autoscaling.enabled=true,autoscaling.maxReplicas=10"}
		s := newService(t, p)
		s.mustUpgrade(append(good("dev-1"), autoscaling...)...)
		s.beginDead(nothing, append(autoscaling, s.atomic()...)...).kill()
		deployments := admin.Typed.AppsV1().Deployments(namespace)
		scale, err := deployments.GetScale(t.Context(), s.name, metav1.GetOptions{})
		require.NoError(t, err)
		scale.Spec.Replicas = 3
		_, err = deployments.UpdateScale(t.Context(), s.name, scale, metav1.UpdateOptions{FieldManager: "kube-controller-manager"})
		require.NoError(t, err)

		said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(append(good("dev-2"), autoscaling...)...)
		require.Contains(t, said, "Deployment/"+s.name+": spec.replicas stays 3, which kube-controller-manager has set")
		d := s.deployment()
		require.EqualValues(t, 3, *d.Spec.Replicas)
		require.Equal(t, imageOf+"dev-2", d.Spec.Template.Spec.Containers[0].Image)
		require.NotContains(t, s.objects(), "ConfigMap/RELEASE-dead")
	})
}
