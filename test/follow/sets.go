package follow

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
)

func (f *follower) seeStatefulSet(ctx context.Context, w Workload) (sight, error) {
	set, err := f.Client.AppsV1().StatefulSets(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, asked(err, "get", "statefulsets", w.Namespace)
	}
	if set.Status.ObservedGeneration < set.Generation {
		return sight{}, nil // which revision is the new one is not said yet
	}
	revision, was := set.Status.UpdateRevision, f.Before.revisions[set.UID]
	if revision == was {
		return sight{}, nil // it has not begun to roll, is not to, or has gone back
	}
	all, err := controlled(ctx, f.Client, w.Namespace, set.Spec.Selector, set.UID)
	if err != nil {
		return sight{}, err
	}
	all = slices.DeleteFunc(all, func(pod corev1.Pod) bool { return pod.Labels[appsv1.ControllerRevisionHashLabelKey] != revision })
	s := sight{owner: set.UID, name: set.Name, want: int(ptr.Deref(set.Spec.Replicas, 1)), pods: f.ours(all), ready: ready(all)}
	if f.isOld(set, was) {
		switch update := set.Spec.UpdateStrategy; {
		case update.Type == appsv1.OnDeleteStatefulSetStrategyType:
			s.want = len(all) // those that somebody has deleted, and no others
		case update.RollingUpdate != nil:
			s.want = max(0, s.want-int(ptr.Deref(update.RollingUpdate.Partition, 0)))
		}
	}
	f.seeRefusal(ctx, &s, w, len(all))
	return s, nil
}

func (f *follower) seeDaemonSet(ctx context.Context, w Workload) (sight, error) {
	set, err := f.Client.AppsV1().DaemonSets(w.Namespace).Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return sight{}, asked(err, "get", "daemonsets", w.Namespace)
	}
	if set.Status.ObservedGeneration < set.Generation {
		return sight{}, nil
	}
	all, err := updatedPods(ctx, f.Client, set)
	if err != nil {
		return sight{}, err
	}
	was := f.Before.revisions[set.UID]
	if was != "" && revisionOf(all) == was {
		return sight{}, nil
	}
	s := sight{owner: set.UID, name: set.Name, want: int(set.Status.DesiredNumberScheduled), pods: f.ours(all), ready: ready(all)}
	if set.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType && f.isOld(set, was) {
		s.want = len(all)
	}
	f.seeRefusal(ctx, &s, w, len(all))
	return s, nil
}

// isOld says whether a set was there before the rollout, where its revision may be known.
func (f *follower) isOld(set metav1.Object, revision string) bool {
	return revision != "" || set.GetCreationTimestamp().Time.Before(f.Began)
}

// seeRefusal looks why there are fewer pods than wanted, though none of those that are there is waited for.
func (f *follower) seeRefusal(ctx context.Context, s *sight, w Workload, there int) {
	if there < s.want && s.ready == there {
		s.refusal = f.refusal(ctx, w.Namespace, s.owner)
	}
}

// generationLabel is that of a DaemonSet's pods. It says which ones are of the newest template, as the DaemonSet's controller
// itself reads it; its ControllerRevisions say the same, which a deployer need not be able to list.
const generationLabel = "pod-template-generation"

// updatedPods returns a DaemonSet's pods of the newest template.
func updatedPods(ctx context.Context, client kubernetes.Interface, set *appsv1.DaemonSet) ([]corev1.Pod, error) {
	all, err := controlled(ctx, client, set.Namespace, set.Spec.Selector, set.UID)
	return slices.DeleteFunc(all, func(pod corev1.Pod) bool {
		return pod.Labels[generationLabel] != set.Annotations[appsv1.DeprecatedTemplateGeneration]
	}), err
}
