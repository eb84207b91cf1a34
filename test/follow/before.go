package follow

import (
	"context"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// Before is what there was before a rollout: none of it is the rollout's fault. In namespaces that were looked at it is told
// by identity, so that no two clocks are compared; elsewhere by what the API server says of when it was made. The zero value
// has looked nowhere.
type Before struct {
	// looked has the namespaces that were looked at.
	looked map[string]bool
	// there are the pods that were there, what had made them, and the newest ReplicaSets of their Deployments. While one of
	// those is still the newest, its Deployment has not begun to roll, or has gone back.
	there map[types.UID]bool
	// revisions that StatefulSets and DaemonSets had.
	revisions map[types.UID]string
	// blind has the namespaces that could not be looked at, and why.
	blind map[string]error
}

// Look looks at namespaces, and at the workloads of earlier revisions in theirs. Call it when the release has been
// recovered, just before the command begins. What may not be seen, Follow says and leaves out.
func Look(ctx context.Context, client kubernetes.Interface, namespace string, earlier []Workload) Before {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	b := Before{looked: map[string]bool{}, there: map[types.UID]bool{}, revisions: map[types.UID]string{}, blind: map[string]error{}}
	b.look(ctx, client, namespace)
	for _, w := range earlier {
		b.look(ctx, client, w.Namespace)
		b.lookAt(ctx, client, w)
	}
	return b
}

// look looks at a namespace, once.
func (b Before) look(ctx context.Context, client kubernetes.Interface, namespace string) {
	if b.looked[namespace] || b.blind[namespace] != nil {
		return
	}
	var problem error
	// An API server that is away for a moment ends nothing.
	_ = wait.PollUntilContextCancel(ctx, interval, true, func(ctx context.Context) (bool, error) {
		if err := b.tryLook(ctx, client, namespace); err != nil && (problem == nil || ctx.Err() == nil) {
			problem = err
		} else if err == nil {
			problem = nil
		}
		return problem == nil || isMissing(problem), nil
	})
	if problem != nil {
		b.blind[namespace] = problem
		return
	}
	b.looked[namespace] = true
}

func (b Before) tryLook(ctx context.Context, client kubernetes.Interface, namespace string) error {
	sets, err := replicaSets(ctx, client, namespace, metav1.ListOptions{})
	if err != nil {
		return err
	}
	pods, err := pods(ctx, client, namespace, metav1.ListOptions{})
	if err != nil {
		return err
	}
	byOwner := map[types.UID][]appsv1.ReplicaSet{}
	for _, set := range sets {
		if owner := metav1.GetControllerOf(&set); owner != nil {
			byOwner[owner.UID] = append(byOwner[owner.UID], set)
		}
	}
	for owner, owned := range byOwner {
		b.there[newestOf(owner, owned).UID] = true
	}
	for _, pod := range pods {
		b.there[pod.UID] = true
		if owner := metav1.GetControllerOf(&pod); owner != nil && owner.Kind == Job {
			b.there[owner.UID] = true
		}
	}
	return nil
}

// lookAt writes down which revision a StatefulSet or a DaemonSet has. What is not seen has none.
func (b Before) lookAt(ctx context.Context, client kubernetes.Interface, w Workload) {
	switch w.Kind {
	case StatefulSet:
		if set, err := client.AppsV1().StatefulSets(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{}); err == nil {
			b.revisions[set.UID] = set.Status.UpdateRevision
		}
	case DaemonSet:
		set, err := client.AppsV1().DaemonSets(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
		if err != nil {
			return
		}
		if pods, err := updatedPods(ctx, client, set); err == nil {
			b.revisions[set.UID] = revisionOf(pods)
		}
	}
}

// had says whether a pod or what makes pods was there before, given when the rollout began.
func (b Before) had(o metav1.Object, began time.Time) bool {
	if b.looked[o.GetNamespace()] {
		return b.there[o.GetUID()]
	}
	return o.GetCreationTimestamp().Time.Before(began)
}

// revisionOf is that of pods of one revision; empty where there are none.
func revisionOf(pods []corev1.Pod) string {
	if len(pods) == 0 {
		return ""
	}
	return pods[0].Labels[appsv1.ControllerRevisionHashLabelKey]
}

// revisionAnnotation is where the Deployment's controller numbers its ReplicaSets. One that is used again gets a new number.
const revisionAnnotation = "deployment.kubernetes.io/revision"

// newestOf returns the newest ReplicaSet of a Deployment, or nil if it has none.
func newestOf(owner types.UID, sets []appsv1.ReplicaSet) *appsv1.ReplicaSet {
	var newest *appsv1.ReplicaSet
	most := -1
	for i := range sets {
		if controller := metav1.GetControllerOf(&sets[i]); controller == nil || controller.UID != owner {
			continue
		}
		// Without a number for a moment after it was made: then it is none yet.
		revision, _ := strconv.Atoi(sets[i].Annotations[revisionAnnotation])
		if revision > most {
			newest, most = &sets[i], revision
		}
	}
	return newest
}
