package follow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// sight is what one look shows of a workload.
type sight struct {
	// owner makes the pods: the Deployment's newest ReplicaSet, or the workload itself. Without an identity where the
	// workload is not there, or has not begun to roll.
	owner types.UID
	// name of the owner.
	name string
	// pods that the rollout has made, and that are not to go.
	pods []corev1.Pod
	// want is how many of them there are to be. 0 for a Job.
	want int
	// refusal is why the API server refuses pods, if it does.
	refusal string
	// verdict is why Kubernetes itself has given up, if it has.
	verdict string
}

// see looks at a workload.
func see(ctx context.Context, client kubernetes.Interface, before Before, w Workload) (sight, error) {
	s, err := sight{}, error(nil)
	switch w.Kind {
	case Deployment:
		s, err = seeDeployment(ctx, client, before, w)
	case StatefulSet:
		s, err = seeStatefulSet(ctx, client, before, w)
	case DaemonSet:
		s, err = seeDaemonSet(ctx, client, before, w)
	case Job:
		s, err = seeJob(ctx, client, before, w)
	}
	if apierrors.IsNotFound(err) {
		// Not made yet, or taken back.
		return sight{}, nil
	}
	return s, err
}

func seeDeployment(ctx context.Context, client kubernetes.Interface, before Before, w Workload) (sight, error) {
	d, err := client.AppsV1().Deployments(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, err
	}
	sets, err := client.AppsV1().ReplicaSets(w.Namespace).List(ctx, selected(d.Spec.Selector))
	if err != nil {
		return sight{}, err
	}
	newest := newestOf(d.UID, sets.Items)
	if newest == nil || before.newest[newest.UID] {
		return sight{}, nil
	}
	s := sight{owner: newest.UID, name: newest.Name, want: int(*d.Spec.Replicas)}
	for _, c := range newest.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue {
			s.refusal = c.Reason + ": " + c.Message
		}
	}
	for _, c := range d.Status.Conditions {
		// One of an earlier rollout names another ReplicaSet.
		if c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse && strings.Contains(c.Message, newest.Name) {
			s.verdict = c.Reason + ": " + c.Message
		}
	}
	s.pods, err = made(ctx, client, before, w.Namespace, selected(newest.Spec.Selector), newest.UID)
	return s, err
}

func seeStatefulSet(ctx context.Context, client kubernetes.Interface, before Before, w Workload) (sight, error) {
	set, err := client.AppsV1().StatefulSets(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, err
	}
	s := sight{owner: set.UID, name: set.Name, want: int(*set.Spec.Replicas)}
	s.pods, err = made(ctx, client, before, w.Namespace, selected(set.Spec.Selector), set.UID)
	s.pods = slices.DeleteFunc(s.pods, func(pod corev1.Pod) bool {
		return pod.Labels[appsv1.ControllerRevisionHashLabelKey] != set.Status.UpdateRevision
	})
	return s, err
}

func seeDaemonSet(ctx context.Context, client kubernetes.Interface, before Before, w Workload) (sight, error) {
	set, err := client.AppsV1().DaemonSets(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, err
	}
	s := sight{owner: set.UID, name: set.Name, want: int(set.Status.DesiredNumberScheduled)}
	s.pods, err = made(ctx, client, before, w.Namespace, selected(set.Spec.Selector), set.UID)
	s.pods = slices.DeleteFunc(s.pods, func(pod corev1.Pod) bool {
		return pod.Labels["pod-template-generation"] != set.Annotations[appsv1.DeprecatedTemplateGeneration]
	})
	return s, err
}

func seeJob(ctx context.Context, client kubernetes.Interface, before Before, w Workload) (sight, error) {
	job, err := client.BatchV1().Jobs(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, err
	}
	s := sight{owner: job.UID, name: job.Name}
	s.pods, err = made(ctx, client, before, w.Namespace, selected(job.Spec.Selector), job.UID)
	if len(s.pods) == 0 {
		// Maybe it is the Job of an earlier deploy, which Helm is about to replace.
		return s, err
	}
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobFailed || c.Type == batchv1.JobFailureTarget) && c.Status == corev1.ConditionTrue {
			s.verdict = c.Reason + ": " + c.Message
		}
	}
	return s, nil
}

// made returns the pods that an owner has made for this rollout, oldest first, but for those that are about to go.
func made(ctx context.Context, client kubernetes.Interface, before Before, namespace string, which metav1.ListOptions, owner types.UID) ([]corev1.Pod, error) {
	list, err := client.CoreV1().Pods(namespace).List(ctx, which)
	if err != nil {
		return nil, err
	}
	pods := slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool {
		controller := metav1.GetControllerOf(&pod)
		return controller == nil || controller.UID != owner || before.pods[pod.UID] || pod.DeletionTimestamp != nil
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int {
		if n := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	return pods, nil
}

func selected(by *metav1.LabelSelector) metav1.ListOptions {
	selector, err := metav1.LabelSelectorAsSelector(by)
	if err != nil {
		// The API server takes no workload with such a selector.
		selector = labels.Nothing()
	}
	return metav1.ListOptions{LabelSelector: selector.String()}
}

// readiness says how far a workload's pods are: 1 of 2 updated pods ready.
func (s sight) readiness() string {
	ready := 0
	for i := range s.pods {
		if isReady(&s.pods[i]) {
			ready++
		}
	}
	return fmt.Sprintf("%d of %d updated pods ready", ready, s.want)
}
