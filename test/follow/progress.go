package follow

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// progress prints how far the pods are: in place on a terminal, else a line for each change.
type progress struct {
	screen *Screen
	// said is what was last said, by whom it was about.
	said  map[string]string
	table []line
	// namespaces says that there are several.
	namespaces bool
}

func (p *progress) begin() { p.table = nil }

func (p *progress) end() {
	if p.screen.width != nil && len(p.table) > 0 {
		p.screen.draw(p.table)
	}
}

// say says something about somebody, where it is new.
func (p *progress) say(who, what string, moods ...mood) {
	l := line{text: who + ": " + what}
	for _, m := range moods {
		l.mood = m
	}
	p.table = append(p.table, l)
	if p.screen.width == nil && p.said[who] != what {
		fmt.Fprintln(p.screen.out, l.text)
	}
	p.said[who] = what
}

func (p *progress) workload(w Workload, s sight) {
	if w.Kind != Job {
		p.say(p.name(w.Kind, w.Namespace, w.Name), fmt.Sprintf("%d of %d updated pods ready", s.ready, s.want))
	}
}

// name is that of an object, with its namespace where there are several.
func (p *progress) name(kind, namespace, name string) string {
	if p.namespaces {
		name = namespace + "/" + name
	}
	return strings.ToLower(kind) + " " + name
}

func (p *progress) pod(pod *corev1.Pod, troubles []*record) {
	var texts []string
	m := plain
	for _, r := range troubles {
		texts = append(texts, r.text())
		if r.trouble.kind > notStarted {
			m = bad
		}
	}
	if len(texts) == 0 {
		texts = []string{doing(pod)}
		if isReady(pod) || pod.Status.Phase == corev1.PodSucceeded {
			m = good
		}
	}
	p.say(p.name("pod", pod.Namespace, pod.Name), strings.Join(texts, "; "), m)
}

// doing says what a pod does that is in no trouble.
func doing(pod *corev1.Pod) string {
	switch {
	case pod.Status.Phase == corev1.PodSucceeded:
		return "done"
	case isReady(pod) && pod.Spec.RestartPolicy == corev1.RestartPolicyAlways:
		return "ready"
	case isReady(pod):
		return "runs"
	case condition(pod, corev1.PodScheduled) == nil:
		return "waits for a node"
	}
	return "starts"
}

// text says in a line what a pod's trouble is. It does not change while nothing new happens.
func (r *record) text() string {
	t := r.trouble
	switch t.kind {
	case notStarted:
		if t.reason != "" {
			return "starts: " + t.reason + ": " + t.message
		}
		return "starts"
	case notReady:
		if t.reason != "" {
			return fmt.Sprintf("%s runs, not ready: %s", t.container, t.message)
		}
		return t.container + " runs, not ready"
	case unschedulable:
		return t.reason + ": " + t.message
	case crash:
		if t.ended == "" {
			return fmt.Sprintf("%s: %s: %s", t.container, t.reason, t.message)
		}
		return fmt.Sprintf("%s crashed: %s (%s)", t.container, t.ended, counted(t.times, r.patience[crash].times, "time", "times"))
	case image:
		return fmt.Sprintf("%s %s (%s): %s", t.container, summaries[t.kind], counted(t.times, r.patience[image].times, "try", "tries"), t.image)
	}
	return fmt.Sprintf("%s %s: %s", t.container, summaries[t.kind], t.message)
}

// counted says how often something was seen, and how often it is borne: 1 of 3 times.
func counted(seen, borne int, one, many string) string {
	switch {
	case borne > 0:
		return fmt.Sprintf("%d of %d %s", seen, borne, many)
	case seen == 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", seen, many)
}
