package follow

import (
	"context"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
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
	// want is how many pods of the new revision there are to be, and ready how many are: those too that were there before. 0
	// for a Job.
	want, ready int
	// job where it is one.
	job *batchv1.Job
	// refusal is why the API server refuses pods, if it does.
	refusal string
	// verdict is why Kubernetes itself has given up, if it has.
	verdict string
}

// see looks at a workload.
func (f *follower) see(ctx context.Context, w Workload) (sight, error) {
	s, err := sight{}, error(nil)
	switch w.Kind {
	case Deployment:
		s, err = f.seeDeployment(ctx, w)
	case StatefulSet:
		s, err = f.seeStatefulSet(ctx, w)
	case DaemonSet:
		s, err = f.seeDaemonSet(ctx, w)
	case Job:
		s, err = f.seeJob(ctx, w)
	}
	if apierrors.IsNotFound(err) {
		// Not made yet, or taken back.
		return sight{}, nil
	}
	return s, err
}

func (f *follower) seeDeployment(ctx context.Context, w Workload) (sight, error) {
	d, err := f.Client.AppsV1().Deployments(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, asked(err, "get", "deployments", w.Namespace)
	}
	sets, err := replicaSets(ctx, f.Client, w.Namespace, selected(d.Spec.Selector))
	if err != nil {
		return sight{}, err
	}
	newest := newestOf(d.UID, sets)
	if newest == nil || f.Before.had(newest, f.Began) {
		return sight{}, nil
	}
	s := sight{owner: newest.UID, name: newest.Name, want: int(ptr.Deref(d.Spec.Replicas, 1))}
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
	all, err := controlled(ctx, f.Client, w.Namespace, newest.Spec.Selector, newest.UID)
	s.pods, s.ready = f.ours(all), ready(all)
	return s, err
}

// controlled returns the pods of an owner, oldest first, but for those that are about to go.
func controlled(ctx context.Context, client kubernetes.Interface, namespace string, by *metav1.LabelSelector, owner types.UID) ([]corev1.Pod, error) {
	all, err := pods(ctx, client, namespace, selected(by))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(pod corev1.Pod) bool {
		controller := metav1.GetControllerOf(&pod)
		return controller == nil || controller.UID != owner || pod.DeletionTimestamp != nil
	})
	slices.SortFunc(all, func(a, b corev1.Pod) int {
		if n := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all, nil
}

// ours are the pods that this rollout has made.
func (f *follower) ours(all []corev1.Pod) []corev1.Pod {
	return slices.DeleteFunc(slices.Clone(all), func(pod corev1.Pod) bool { return f.Before.had(&pod, f.Began) })
}

func ready(pods []corev1.Pod) int {
	n := 0
	for i := range pods {
		if isReady(&pods[i]) {
			n++
		}
	}
	return n
}

// refusal is what the last event of this rollout says of why an owner gets no pods; empty if there is none. A ReplicaSet has
// a condition for it, and others have not.
func (f *follower) refusal(ctx context.Context, namespace string, owner types.UID) string {
	list, err := f.Client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: fields.Set{
		"involvedObject.uid": string(owner), "reason": failedCreate,
	}.String()})
	if err != nil {
		f.lacks(asked(err, "list", "events", namespace), withoutEvents)
		return ""
	}
	var last corev1.Event
	for _, e := range list.Items {
		if e.InvolvedObject.UID == owner && e.Reason == failedCreate && !lastSeen(e).Before(f.Began) && !lastSeen(e).Before(lastSeen(last)) {
			last = e
		}
	}
	if last.Reason == "" {
		return ""
	}
	return last.Reason + ": " + last.Message
}

// failedCreate is the reason of the event that the API server has refused a pod.
const failedCreate = "FailedCreate"

func selected(by *metav1.LabelSelector) metav1.ListOptions {
	selector, err := metav1.LabelSelectorAsSelector(by)
	if err != nil {
		// The API server takes no workload with such a selector.
		selector = labels.Nothing()
	}
	return metav1.ListOptions{LabelSelector: selector.String()}
}
