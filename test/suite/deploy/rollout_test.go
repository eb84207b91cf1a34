package deploy

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// A change to what pods use rolls them, any other leaves each of them as it is.
func TestPodsRollForWhatTheyUse(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		before := r.settledPods()
		hash := templateHash(t, before)

		unused := []string{"--set", "image.tag=dev-1"}
		for _, changes := range []string{
			"ingress.annotations.changed=yes,service.annotations.changed=yes,annotations.changed=yes",
			"replicas=3",
		} {
			unused = append(unused, "--set", changes)
			require.NoError(t, r.upgrade(unused...))
			pods := r.settledPods()
			require.Equal(t, hash, templateHash(t, pods), changes)
			require.Subset(t, uids(pods), uids(before), changes)
		}

		before = r.settledPods()
		require.Len(t, before, 3)
		require.NoError(t, r.with(`config: {files: {dev_config.yml: "message: changed\n"}}`).upgrade(unused...))
		pods := r.settledPods()
		require.NotEqual(t, hash, templateHash(t, pods))
		for _, pod := range pods {
			require.NotContains(t, uids(before), pod.UID)
			require.Equal(t, map[string]string{"dev_config.yml": "message: changed\n"}, configuration(t, pod))
		}
	})
}

// An image that never gets ready takes no good pod away, and Helm puts the last good revision back.
func TestFailedUpgradeGoesBack(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		for _, flag := range slices.Compact([]string{p.RollbackOnFailure, "--atomic"}) { // of Helm 4 deprecated, still there
			t.Run(flag, func(t *testing.T) {
				t.Parallel()
				r := newRelease(t, p)
				require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
				require.NoError(t, r.upgrade("--set", "image.tag=dev-2"))
				good := r.settledPods()
				last := everything(t.Context(), t, r.namespace).released()

				pods := watchPods(t, r.namespace)
				err := r.with(`config: {files: {dev_config.yml: "message: failed\n"}}`).
					failingUpgrade(flag)
				require.ErrorContains(t, err, "exit status 1")
				require.ErrorContains(t, err, "UPGRADE FAILED: release "+r.name+" failed, and has been rolled back due to ")
				eventually.NoError(t, "end of the failed pods", func(context.Context) error { return failedPodsEnded(pods.seen()) })
				requireServedThroughout(t, pods.seen(), good)

				require.ElementsMatch(t, uids(good), uids(r.settledPods()))
				require.Empty(t, last.difference(everything(t.Context(), t, r.namespace).released()))
				history := r.history()
				require.Len(t, history, 4)
				require.Equal(t, "failed", history[2].Status)
				require.Equal(t, "deployed", history[3].Status)
				require.Equal(t, "Rollback to 2", history[3].Description)
			})
		}
	})
}

// failedPodsEnded returns nil once a pod that waited for the image dev-fail, and every other with that image, is gone.
func failedPodsEnded(events []watch.Event) error {
	var waited, there []string
	for _, event := range events {
		pod, ok := event.Object.(*corev1.Pod)
		if !ok || pod.Spec.Containers[0].Image != image("dev-fail") {
			continue
		}
		there = slices.DeleteFunc(there, func(name string) bool { return name == pod.Name })
		if event.Type != watch.Deleted {
			there = append(there, pod.Name)
		}
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Waiting != nil && status.State.Waiting.Reason == "ImagePullBackOff" {
				waited = append(waited, pod.Name)
			}
		}
	}
	if len(waited) == 0 || len(there) > 0 {
		return errors.New("not seen yet")
	}
	return nil
}

// requireServedThroughout proves that in all that was seen the pods were ready and nobody asked them to end.
func requireServedThroughout(t *testing.T, events []watch.Event, pods []corev1.Pod) {
	t.Helper()
	for _, event := range events {
		pod, ok := event.Object.(*corev1.Pod)
		require.True(t, ok, "the watch broke: %v", event.Object)
		if slices.Contains(uids(pods), pod.UID) {
			require.True(t, event.Type != watch.Deleted && serves(pod), "%s pod %s of the good revision", event.Type, pod.Name)
		}
	}
}
