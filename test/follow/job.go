package follow

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func (f *follower) seeJob(ctx context.Context, w Workload) (sight, error) {
	job, err := f.Client.BatchV1().Jobs(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, asked(err, "get", "jobs", w.Namespace)
	}
	all, err := controlled(ctx, f.Client, w.Namespace, job.Spec.Selector, job.UID)
	if err != nil {
		return sight{}, err
	}
	s := sight{owner: job.UID, name: job.Name, job: job, pods: f.ours(all)}
	if f.Before.had(job, f.Began) || len(s.pods) == 0 && job.CreationTimestamp.Time.Before(f.Began) {
		// The Job of an earlier deploy, which Helm is about to replace perhaps.
		return sight{}, nil
	}
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobFailed || c.Type == batchv1.JobFailureTarget) && c.Status == corev1.ConditionTrue {
			s.verdict = c.Reason + ": " + c.Message
		}
	}
	if len(all) == 0 && s.verdict == "" && job.Status.Succeeded == 0 {
		s.refusal = f.refusal(ctx, w.Namespace, job.UID)
	}
	return s, nil
}

// failures says how often what a pod was to do has failed, the pod included, where its Job makes a new one each time. Pods
// are the Job's, oldest first, and i is the pod's place among them.
//
// Pods of an indexed Job do the same if their index is the same. Of other Jobs whose pods run side by side nobody can tell
// which one stands for which: each is counted by itself, and when it is too much, the Job's backoffLimit says.
func failures(job *batchv1.Job, pods []corev1.Pod, i int) int {
	indexed := ptr.Deref(job.Spec.CompletionMode, batchv1.NonIndexedCompletion) == batchv1.IndexedCompletion
	if job.Spec.SuccessPolicy != nil || !indexed && sideBySide(job) > 1 {
		return 1
	}
	n := 0
	for _, pod := range pods[:i+1] {
		switch {
		case indexed && pod.Annotations[batchv1.JobCompletionIndexAnnotation] != pods[i].Annotations[batchv1.JobCompletionIndexAnnotation]:
		case pod.Status.Phase == corev1.PodSucceeded:
			n = 0 // what follows does the next piece
		case hasFailed(&pod) && !isDisrupted(&pod):
			n++
		}
	}
	if job.Spec.PodFailurePolicy != nil {
		// It may have the Job's controller overlook some.
		n = min(n, int(job.Status.Failed))
	}
	return max(n, 1)
}

// sideBySide is how many pods of a Job run at once.
func sideBySide(job *batchv1.Job) int32 {
	parallel := ptr.Deref(job.Spec.Parallelism, 1)
	return min(parallel, ptr.Deref(job.Spec.Completions, parallel))
}

func hasFailed(pod *corev1.Pod) bool {
	if pod.Status.Phase == corev1.PodFailed {
		return true
	}
	for _, of := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, status := range of {
			if ended := status.State.Terminated; ended != nil && ended.ExitCode != 0 {
				return true
			}
		}
	}
	return false
}

// isDisrupted says whether a pod was ended from outside: its node was drained, or its place was needed.
func isDisrupted(pod *corev1.Pod) bool {
	c := condition(pod, corev1.DisruptionTarget)
	return c != nil && c.Status == corev1.ConditionTrue
}
