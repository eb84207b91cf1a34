package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Every right that the deployer has is used, and every right that it needs is there: without features, and with each. It takes
// both Helms to use them all, so that a run with one Helm for each scenario leaves features, and not a Helm, to the other run.
func TestLeastRights(t *testing.T) {
	t.Parallel()
	for _, feature := range append([]string{core}, features(t)...) { // core takes longest
		if feature != core && !helmcli.Plays(t, feature) {
			continue
		}
		t.Run(feature, func(t *testing.T) {
			t.Parallel()
			project := newProject(t, helm4, only(t, feature)...)
			d := project.deployer()
			t.Run("deploy", func(t *testing.T) { // returns when both Helms have
				for _, p := range helmcli.Programs {
					t.Run(p.String(), func(t *testing.T) {
						t.Parallel()
						w := newTerminal(t, p, d.Kubeconfig)
						s := w.newService("by-" + p.Tool.Name)
						switch feature {
						case core:
							deployCore(s, project.name)
						case "takeover":
							takeOver(s)
						default:
							deployFeature(s, project.name, feature)
						}
					})
				}
			})

			chart := chartRights(t)
			require.Equal(t, chart[core].with(chart[feature]), project.granted(), "rights.yaml is what the Role grants")
			requireUsed(t, project.user(), chart[feature])
			require.Empty(t, usageOf(t, project.user()).refused.sorted(), "rights that were needed and not granted")
		})
	}
}

// deployFeature takes the objects of a feature through all that can happen to them: they are made, changed, removed
// by turning the feature off, made again by a rollback, and removed with the release.
func deployFeature(s service, namespace, feature string) {
	if feature == "persistentVolumeClaims" {
		createVolumes(s.T, namespace, s.name+"-data")
	}
	on := s
	on.values = append(slices.Clone(s.values), featureValues(feature))
	// What validation asks for is the same whatever the feature: deployCore has it.
	require.NoError(s.T, on.beforeWatchList().upgrade("dev-1", noValidation))
	require.NoError(s.T, on.bySlipway().upgrade("dev-2", noValidation, "--set", "client=another"))
	require.NoError(s.T, s.upgrade("dev-3", noValidation))
	s.rollback(1)
	if feature == "tests" {
		s.Must("helm", "test", s.name)
	}
	s.uninstall()
}

// deployCore takes a service without features through all verbs of Helm and through `slipway rollout`, and looks at it in all the ways that
// docs/project.md shows.
func deployCore(s service, namespace string) {
	require.ErrorContains(s.T, s.hopelessUpgrade(namespace), "has been uninstalled")
	require.NoError(s.T, s.beforeWatchList().upgrade("dev-1"))
	s.leaveLease(namespace)
	require.NoError(s.T, s.bySlipway().upgrade("dev-2", "--set", "client=another"))
	require.ErrorContains(s.T, s.hopelessUpgrade(namespace), "has been rolled back")
	s.rollback(1)
	require.NoError(s.T, s.byTheOther().upgrade("dev-3"))
	require.NoError(s.T, s.upgrade("dev-4", "--set", "namespace.create=true"))

	for _, command := range commandsOf(s.T, "sh deployer") {
		_, err := s.Script(strings.ReplaceAll(command, "example-microservice", s.name))
		if strings.HasPrefix(command, "kubectl logs") {
			require.ErrorContains(s.T, err, "no preferred addresses found", "simulated nodes have no logs, but that is not refused")
			continue
		}
		require.NoError(s.T, err)
	}
	s.uninstall()
}

// byTheOther is the same service as the other Helm sees it.
func (s service) byTheOther() service {
	s.Program = s.Program.Other()
	return s
}

// beforeWatchList is the same service on an API server that cannot send what is there as part of a watch, and so is asked
// for a list first, as far as Helm can tell: https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
func (s service) beforeWatchList() service {
	s.Env = map[string]string{"KUBE_FEATURE_WatchListClient": "false"}
	return s
}

// createVolumes makes volumes for a claim, of which each serves once: nothing provisions them in the embedded cluster.
func createVolumes(t *testing.T, namespace, claim string) {
	t.Helper()
	for i := range 2 { // at first, and after the rollback
		volume := &corev1.PersistentVolume{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%s-%d", namespace, claim, i)},
			Spec: corev1.PersistentVolumeSpec{
				Capacity:               corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
				AccessModes:            []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany},
				PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/data"}},
				ClaimRef:               &corev1.ObjectReference{Namespace: namespace, Name: claim},
			},
		}
		_, err := admin.Typed.CoreV1().PersistentVolumes().Create(t.Context(), volume, metav1.CreateOptions{})
		require.NoError(t, err)
	}
}

// requireUsed fails the test unless the audit log shows that a user used each of the rights. A request may be written a
// moment after it was answered.
func requireUsed(t *testing.T, user string, granted rights) {
	t.Helper()
	eventually.NoError(t, "use of all rights", func(context.Context) error {
		if unused := granted.without(usageOf(t, user).granted); len(unused) > 0 {
			return fmt.Errorf("rights that nothing used: %v", unused.sorted())
		}
		return nil
	})
}
