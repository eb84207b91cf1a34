package rollout

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// A rollout that is hopeless ends long before Helm's timeout, on the last good revision, and its last lines are the reason.
func TestHopeless(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		upgrade  bool
		flags    func(service) []string
		helmSays string
		// status of the release in the end.
		status string
	}{
		{"upgrade", true, service.atomic, "has been rolled back", "deployed"},
		{"install", false, service.atomic, "has been uninstalled", ""},
		{"upgrade that is not to be rolled back", true, func(service) []string { return []string{"--wait"} }, "UPGRADE FAILED", "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				if c.upgrade {
					s.mustUpgrade(good("dev-1")...)
				}
				// Helm does not end by itself before the test does.
				running := s.bySlipway().beginDead(nothing, append(c.flags(s), "--timeout=1h")...)
				s.refuseImage()
				code, said := running.end()
				require.Equal(t, 1, code)
				_, last, ok := strings.Cut(said, c.helmSays)
				require.True(t, ok, said)
				require.Contains(t, last, "deployment "+s.name+" has failed: ")
				require.Contains(t, last, `InvalidImageName: Failed to apply default image tag "dev-fail"`)
				require.Equal(t, c.status, s.status())
				switch c.status {
				case "deployed":
					s.requireAsFresh("dev-1")
				case "":
					require.Empty(t, s.objects())
				}
				require.Empty(t, s.lease())
			})
		})
	}
}

// refuseImage lets the pods of the dead revision wait as a kubelet has them wait for an image whose name is wrong, which
// is hopeless sooner than an image that is not there. It returns when there is one: an older one may still be ending.
func (s service) refuseImage() {
	s.t.Helper()
	eventually.NoError(s.t, "a pod that waits for its image", func(ctx context.Context) error {
		pods, err := admin.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + s.name})
		if err != nil {
			return err
		}
		refused := false
		for _, pod := range pods.Items {
			waits := false
			for i := range pod.Status.ContainerStatuses {
				if waiting := pod.Status.ContainerStatuses[i].State.Waiting; waiting != nil {
					waiting.Reason, waiting.Message = "InvalidImageName", `Failed to apply default image tag "dev-fail"`
					waits = true
				}
			}
			if !waits || pod.DeletionTimestamp != nil {
				continue
			}
			if _, err := admin.Typed.CoreV1().Pods(namespace).UpdateStatus(ctx, &pod, metav1.UpdateOptions{}); err != nil {
				return err // it has changed since, and is asked for again
			}
			refused = true
		}
		if !refused {
			return errors.New("there is none")
		}
		return nil
	})
}

// Helm 3 that is told to stop while it writes may say that it has rolled back, with parts of the failed revision live.
func TestRolledBackAndNotLive(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm3)
	s.mustUpgrade(good("dev-1")...)
	running := s.beginDead(nothing, s.atomic()...)
	running.signal(syscall.SIGTERM)
	running.end()
	require.Equal(t, "Rollback to 1", s.history()[2].Description)
	// As that goes wrong.
	patch := `{"spec":{"template":{"spec":{"containers":[{"name":"` + s.container() + `","image":"registry.example.com/the-project/example-microservice:dev-fail","env":[{"name":"DEAD","value":"yes"}]}]}}}}`
	_, err := admin.Typed.AppsV1().Deployments(namespace).Patch(t.Context(), s.name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	require.NoError(t, err)

	said := s.bySlipway().mustUpgrade(good("dev-2")...)
	require.Contains(t, said, "helm says that revision 3 is live, and it is not: Deployment/"+s.name+": spec.template.spec.containers["+s.container()+"].env[DEAD] is there instead of missing; rolling back to revision 1")
	s.requireAsFresh("dev-2")
}

// container is the name of the service's container.
func (s service) container() string {
	s.t.Helper()
	deployment, err := admin.Typed.AppsV1().Deployments(namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	return deployment.Spec.Template.Spec.Containers[0].Name
}

// What was there before a first install that took it over, and was cut off, is not deleted with it: the next deploy goes on
// from there.
func TestAdopted(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: s.name}}
		own, err := admin.Typed.CoreV1().ConfigMaps(namespace).Create(t.Context(), own, metav1.CreateOptions{})
		require.NoError(t, err)
		eventually.NoError(t, "another second, which is how exact the API server is", func(context.Context) error {
			if time.Since(own.CreationTimestamp.Time) < 2*time.Second {
				return errors.New("not yet")
			}
			return nil
		})
		s.beginDead(nothing, "--take-ownership", "--wait").kill()

		said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(good("dev-1")...)
		require.Contains(t, said, "is pending-install, left by a deploy that was cut off: deploying over it, since ConfigMap/"+s.name+" was there before")
		now, err := admin.Typed.CoreV1().ConfigMaps(namespace).Get(t.Context(), s.name, metav1.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, own.UID, now.UID)
		s.requireAsFresh("dev-1")
	})
}
