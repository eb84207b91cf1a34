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
)

// Every right that the deployer has is used, and every right that it needs is there: without features, and with each.
func TestLeastRights(t *testing.T) {
	t.Parallel()
	for _, feature := range append([]string{core}, features(t)...) { // core takes longest
		t.Run(feature, func(t *testing.T) {
			t.Parallel()
			project := newProject(t, helm4, only(t, feature)...)
			d := project.deployer()
			t.Run("deploy", func(t *testing.T) { // returns when both Helms have
				for _, p := range programs {
					t.Run(p.String(), func(t *testing.T) {
						t.Parallel()
						w := terminal{t: t, program: p, kubeconfig: d.kubeconfig}
						if feature == core {
							deployCore(w.newService("by-" + p.tool.Name))
						} else {
							deployFeature(w.newService("by-"+p.tool.Name), project.name, feature)
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
		createVolumes(s.t, namespace, s.name+"-data")
	}
	on := s
	on.values = append(slices.Clone(s.values), featureValues(feature))
	// What validation asks for is the same whatever the feature: deployCore has it.
	require.NoError(s.t, on.beforeWatchList().upgrade("dev-1", noValidation))
	require.NoError(s.t, on.upgrade("dev-2", noValidation, "--set", "client=another"))
	require.NoError(s.t, s.upgrade("dev-3", noValidation))
	s.rollback(1)
	if feature == "tests" {
		s.must("helm", "test", s.name)
	}
	s.uninstall()
}

// deployCore takes a service without features through all verbs of Helm, and looks at it in all the ways that
// docs/project.md shows.
func deployCore(s service) {
	const failing = "--timeout=15s" // the rollback, which has as much again, must not fail
	require.ErrorContains(s.t, s.upgrade("dev-fail", failing), "has been uninstalled")
	require.NoError(s.t, s.beforeWatchList().upgrade("dev-1"))
	require.NoError(s.t, s.upgrade("dev-2", "--set", "client=another"))
	require.ErrorContains(s.t, s.upgrade("dev-fail", failing), "has been rolled back")
	s.rollback(1)
	require.NoError(s.t, s.byTheOther().upgrade("dev-3"))
	require.NoError(s.t, s.upgrade("dev-4", "--set", "namespace.create=true"))

	for _, command := range commandsOf(s.t, "sh deployer") {
		_, err := s.script(strings.ReplaceAll(command, "example-microservice", s.name))
		if strings.HasPrefix(command, "kubectl logs") {
			require.ErrorContains(s.t, err, "no preferred addresses found", "simulated nodes have no logs, but that is not refused")
			continue
		}
		require.NoError(s.t, err)
	}
	s.uninstall()
}

// byTheOther is the same service as the other Helm sees it.
func (s service) byTheOther() service {
	i := slices.Index(programs, s.program)
	s.program = programs[1-i]
	return s
}

// beforeWatchList is the same service on an API server that cannot send what is there as part of a watch, and so is asked
// for a list first, as far as Helm can tell: https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
func (s service) beforeWatchList() service {
	s.env = map[string]string{"KUBE_FEATURE_WatchListClient": "false"}
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
		_, err := admin.client.CoreV1().PersistentVolumes().Create(t.Context(), volume, metav1.CreateOptions{})
		require.NoError(t, err)
	}
}

// requireUsed fails the test unless the audit log shows that a user used each of the rights. A request may be written a
// moment after it was answered.
func requireUsed(t *testing.T, user string, granted rights) {
	t.Helper()
	eventually(t, "use of all rights", func(context.Context) error {
		if unused := granted.without(usageOf(t, user).granted); len(unused) > 0 {
			return fmt.Errorf("rights that nothing used: %v", unused.sorted())
		}
		return nil
	})
}
