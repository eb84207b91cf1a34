package histories

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// pods are the service's, as a watch tells them: in the order in which things happened.
type pods struct {
	mutex sync.Mutex
	all   map[types.UID]*corev1.Pod
	// floor is how many of them must be ready.
	floor int
	// step that is played, for people.
	step string
	// fell says when there were fewer, for the first time.
	fell string
}

// watchPods follows the pods of a namespace until ctx ends.
func watchPods(ctx context.Context, namespace string) *pods {
	p := &pods{all: map[types.UID]*corev1.Pod{}}
	go func() {
		for ctx.Err() == nil {
			list, err := admin.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
			if err != nil {
				continue
			}
			p.replace(list.Items)
			events, err := admin.Typed.CoreV1().Pods(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
			if err != nil {
				continue
			}
			for event := range events.ResultChan() {
				if pod, ok := event.Object.(*corev1.Pod); ok {
					p.see(pod, event.Type == "DELETED")
				}
			}
		}
	}()
	return p
}

func (p *pods) replace(items []corev1.Pod) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	clear(p.all)
	for i := range items {
		p.all[items[i].UID] = &items[i]
	}
}

func (p *pods) see(pod *corev1.Pod, deleted bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if deleted {
		delete(p.all, pod.UID)
	} else {
		p.all[pod.UID] = pod
	}
	if n := p.countReady(); n < p.floor && p.fell == "" {
		p.fell = fmt.Sprintf("%d pods ready instead of %d at least, in step %s: pod %s (%s) deleted=%v terminating=%v at %s",
			n, p.floor, p.step, pod.Name, pod.Spec.Containers[0].Image, deleted, pod.DeletionTimestamp != nil, time.Now().Format("15:04:05.000"))
	}
}

// isOurs says whether a pod is one that the Service selects, under any name that the service has had.
func isOurs(pod *corev1.Pod) bool {
	app := pod.Labels["app"]
	return app == model.Name || strings.HasPrefix(app, model.Name+"-renamed-") && !strings.Contains(app, ".")
}

func (p *pods) countReady() int {
	n := 0
	for _, pod := range p.all {
		if isOurs(pod) && pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		}) {
			n++
		}
	}
	return n
}

// ready is how many there are.
func (p *pods) ready() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.countReady()
}

// known are the pods that there are.
func (p *pods) known() map[types.UID]bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	known := map[types.UID]bool{}
	for uid := range p.all {
		known[uid] = true
	}
	return known
}

// arrived says whether a deploy's own pods are there: as many as the values want are ready, or one waits for its image.
func (p *pods) arrived(before map[types.UID]bool) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	ready := 0
	for uid, pod := range p.all {
		if before[uid] || !isOurs(pod) {
			continue
		}
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Waiting != nil {
				return true
			}
			if status.Ready {
				ready++
			}
		}
	}
	return ready >= model.Replicas
}

// setFloor says how many must be ready from now on.
func (p *pods) setFloor(floor int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.floor = floor
}

// beginStep names the step that is played.
func (p *pods) beginStep(step string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.step = step
}

// check returns the breach, if there were too few.
func (p *pods) check() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.fell == "" {
		return nil
	}
	return breach{fellBelow, p.fell}
}
