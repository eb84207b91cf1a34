package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// scalingConflict is what Helm says when the number of pods is the autoscaler's.
const scalingConflict = `with subresource "scale" using apps/v1: .spec.replicas`

// scalingWays are the Helms that install a release, and that do everything later.
var scalingWays = perWay[struct {
	name            string
	installs, later *program
}]{
	{"Helm 3", helm3, helm3},
	{"Helm 4", helm4, helm4},
	{"Helm 3 then 4", helm3, helm4},
}

// An autoscaler is turned on for a live release, scales, and is turned off: each number of pods that ever was asked for
// is in docs/autoscaling.md, and none is less than the least.
func TestAutoscaling(t *testing.T) {
	forEachWay(t, func(t *testing.T, way int) {
		s := newScaling(t, way, chart)
		for _, step := range scalingSteps {
			s.play(step)
		}
		for _, replicas := range s.replicas() {
			require.GreaterOrEqual(t, replicas, int32(fewest))
		}
	})
}

// forEachWay runs a test with the ways in which the Helms that are chosen install.
func forEachWay(t *testing.T, test func(t *testing.T, way int)) {
	t.Helper()
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		for way := range scalingWays {
			if scalingWays[way].installs == p {
				t.Run(scalingWays[way].name, func(t *testing.T) {
					t.Parallel()
					test(t, way)
				})
			}
		}
	})
}

// What the proof rests on: a chart that leaves `replicas` out is seen to drop to one pod.
func TestDropWithoutReplicasIsSeen(t *testing.T) {
	forEachWay(t, func(t *testing.T, way int) {
		s := newScaling(t, way, chartWithoutReplicas(t))
		for _, step := range withoutReplicas {
			s.play(step)
		}
	})
}

// chartWithoutReplicas returns the path of a copy of the chart whose Deployment has no `replicas` beside an autoscaler.
func chartWithoutReplicas(t *testing.T) string {
	t.Helper()
	const line = `  {{- with include "microservice.replicas" . }}` + "\n  replicas: {{ . }}\n  {{- end }}\n"
	folder := filepath.Join(t.TempDir(), "microservice")
	require.NoError(t, os.CopyFS(folder, os.DirFS(chart)))
	template := filepath.Join(folder, "templates", "deployment.yaml")
	content, err := os.ReadFile(template)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(content), line))
	without := strings.Replace(string(content), line, `  {{- if not (include "microservice.autoscaler" .) }}`+"\n"+line+"  {{- end }}\n", 1)
	require.NoError(t, os.WriteFile(template, []byte(without), 0o600))
	return folder
}

// scaling is a release whose number of pods is watched.
type scaling struct {
	release
	way        int // of scalingWays
	watched    *recording
	played     []int32 // the numbers that the steps so far account for
	controller string  // the autoscaler's name as it writes
}

func newScaling(t *testing.T, way int, chart string) *scaling {
	t.Helper()
	s := &scaling{release: newRelease(t, scalingWays[way].installs, "autoscaling"), way: way}
	s.release.chart = chart
	watcher, err := admin.Typed.AppsV1().Deployments(s.namespace).Watch(t.Context(), metav1.ListOptions{})
	s.watched = record(t, watcher, err)
	return s
}

// play does a step and checks each number that was asked for meanwhile.
func (s *scaling) play(step scalingStep) {
	s.t.Helper()
	err := step.do(s)
	if step.conflict[s.way] != "" {
		require.ErrorContains(s.t, err, scalingConflict, step.name)
		require.Equal(s.t, s.played, s.replicas(), "%s: a conflict changes nothing", step.name)
		mend := step.mend
		if mend == nil {
			mend = step.do
		}
		err = mend(s, forceConflicts)
	}
	require.NoError(s.t, err, step.name)
	s.release = s.by(scalingWays[s.way].later)

	s.played = append(s.played, step.replicas...)
	eventually.NoError(s.t, step.name, func(ctx context.Context) error {
		d, err := admin.Typed.AppsV1().Deployments(s.namespace).Get(ctx, s.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if want := s.played[len(s.played)-1]; *d.Spec.Replicas != want {
			return fmt.Errorf("%d pods are asked for; want %d", *d.Spec.Replicas, want)
		}
		return nil
	})
	require.Equal(s.t, s.played, s.replicas(), step.name)
}

// replicas returns each number of pods that was asked for until now.
func (s *scaling) replicas() []int32 {
	s.t.Helper()
	now, err := admin.Typed.AppsV1().Deployments(s.namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	var all []int32
	eventually.NoError(s.t, "the watch", func(context.Context) error {
		all = nil
		for _, event := range s.watched.seen() {
			d, ok := event.Object.(*appsv1.Deployment)
			if !ok {
				return fmt.Errorf("the watch broke: %v", event.Object)
			}
			all = append(all, *d.Spec.Replicas)
			if d.ResourceVersion == now.ResourceVersion {
				return nil
			}
		}
		return fmt.Errorf("resource version %s is not seen yet", now.ResourceVersion)
	})
	return slices.Compact(all)
}

// scale does what the controller of HorizontalPodAutoscalers does: without metrics it has no reason to. It is done in the
// name that the controller itself has used, in an earlier step.
func (s *scaling) scale(replicas int32) error {
	deployments := admin.Typed.AppsV1().Deployments(s.namespace)
	if s.controller == "" {
		d, err := deployments.Get(s.t.Context(), s.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, fields := range d.ManagedFields {
			if fields.Subresource == "scale" {
				s.controller = fields.Manager
			}
		}
		if s.controller == "" {
			return errors.New("the autoscaler has not scaled")
		}
	}
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		scale, err := deployments.GetScale(s.t.Context(), s.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = replicas
		_, err = deployments.UpdateScale(s.t.Context(), s.name, scale, metav1.UpdateOptions{FieldManager: s.controller})
		return err
	})
}
