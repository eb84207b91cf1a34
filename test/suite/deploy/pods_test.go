package deploy

import (
	"context"
	"fmt"
	"testing"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// liveImage returns the image that the live Deployment asks for.
func (r release) liveImage() string {
	r.t.Helper()
	d := k8s.GetDeploymentContext(r.t, r.t.Context(), asAdmin(r.target), r.name)
	return d.Spec.Template.Spec.Containers[0].Image
}

// settledPods waits until the rollout of what the live Deployment asks for is over and nothing else is left of the
// release's pods, and returns them.
func (r release) settledPods() []corev1.Pod {
	r.t.Helper()
	var pods []corev1.Pod
	eventually.NoError(r.t, "rollout of "+r.name, func(ctx context.Context) error {
		d, err := k8s.GetDeploymentContextE(r.t, ctx, asAdmin(r.target), r.name)
		if err != nil {
			return err
		}
		want, status := *d.Spec.Replicas, d.Status
		if status.ObservedGeneration < d.Generation || status.UpdatedReplicas != want || status.AvailableReplicas != want || status.Replicas != want {
			return fmt.Errorf("want %d pods, generation %d; have %+v", want, d.Generation, status)
		}
		pods, err = k8s.ListPodsContextE(r.t, ctx, asAdmin(r.target), metav1.ListOptions{LabelSelector: "app=" + r.name})
		if err != nil {
			return err
		}
		for _, pod := range pods {
			if !serves(&pod) {
				return fmt.Errorf("pod %s is not ready or not gone", pod.Name)
			}
		}
		if len(pods) != int(want) {
			return fmt.Errorf("want %d pods, have %d", want, len(pods))
		}
		return nil
	})
	return pods
}

// serves says whether a pod is ready and not about to end.
func serves(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil
		}
	}
	return false
}

// uids are the pods' identities.
func uids(pods []corev1.Pod) []types.UID {
	var ids []types.UID
	for _, pod := range pods {
		ids = append(ids, pod.UID)
	}
	return ids
}

// templateHash returns the one hash of the pod template that all pods were made from.
func templateHash(t *testing.T, pods []corev1.Pod) string {
	t.Helper()
	require.NotEmpty(t, pods)
	hash := pods[0].Labels[appsv1.DefaultDeploymentUniqueLabelKey]
	for _, pod := range pods {
		require.Equal(t, hash, pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey], "pod %s", pod.Name)
	}
	return hash
}

// configuration returns the content of the config maps that a pod mounts, by file.
func configuration(t *testing.T, pod corev1.Pod) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, volume := range pod.Spec.Volumes {
		if volume.ConfigMap != nil {
			for file, content := range k8s.GetConfigMapContext(t, t.Context(), asAdmin(pod.Namespace), volume.ConfigMap.Name).Data {
				files[file] = content
			}
		}
	}
	return files
}

// watchPods records what becomes of the pods of a namespace from now on.
func watchPods(t *testing.T, namespace string) *recording {
	t.Helper()
	pods := admin.Typed.CoreV1().Pods(namespace)
	now, err := pods.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	watcher, err := pods.Watch(t.Context(), metav1.ListOptions{ResourceVersion: now.ResourceVersion})
	return record(t, watcher, err)
}
