package follow

import (
	"context"
	"fmt"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// Before is what there was in a namespace before a rollout: none of it is the rollout's fault. It is told by identity
// rather than by time, so that no two clocks are compared.
type Before struct {
	// newest ReplicaSets of their Deployments. While one of them is still the newest, its Deployment has not begun to roll,
	// or has gone back.
	newest map[types.UID]bool
	pods   map[types.UID]bool
}

// Look looks at a namespace. Call it when the release has been recovered, just before the command begins.
func Look(ctx context.Context, client kubernetes.Interface, namespace string) (Before, error) {
	b := Before{newest: map[types.UID]bool{}, pods: map[types.UID]bool{}}
	sets, err := client.AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return b, fmt.Errorf("list replicasets of namespace %s: %w", namespace, err)
	}
	byOwner := map[types.UID][]appsv1.ReplicaSet{}
	for _, set := range sets.Items {
		if owner := metav1.GetControllerOf(&set); owner != nil {
			byOwner[owner.UID] = append(byOwner[owner.UID], set)
		}
	}
	for owner, owned := range byOwner {
		b.newest[newestOf(owner, owned).UID] = true
	}
	pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return b, fmt.Errorf("list pods of namespace %s: %w", namespace, err)
	}
	for _, pod := range pods.Items {
		b.pods[pod.UID] = true
	}
	return b, nil
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
