package follow

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// follower keeps what was seen from look to look.
type follower struct {
	Options
	progress progress
	// records of the troubles that pods are in, or were in when they were last seen. Those that are gone are kept: a rollback
	// deletes the pods before the command ends.
	records map[recordKey]*record
}

// recordKey is a container of a pod, a pod, or an owner of pods.
type recordKey struct {
	of        types.UID
	container string
}

// record is a trouble, since when it is seen, and what else is known of it.
type record struct {
	workload Workload
	// owner is the name of what makes the workload's pods.
	owner string
	// pod in trouble, or nil where there is none.
	pod     *corev1.Pod
	trouble trouble
	since   time.Time
	// evidence, and when it was taken.
	evidence evidence
	taken    time.Time
	// verdict is why Kubernetes itself has given up on the workload, if it has.
	verdict string
}

func newFollower(o Options) *follower {
	return &follower{Options: o, progress: progress{screen: o.Screen, said: map[string]string{}}, records: map[recordKey]*record{}}
}

// look looks at all workloads once, and prints what has changed. It returns why the rollout is hopeless, if it is.
func (f *follower) look(ctx context.Context) *Failure {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	f.progress.begin()
	defer f.progress.end()
	for _, w := range f.Workloads {
		s, err := see(ctx, f.Client, f.Before, w)
		if err != nil {
			// The command has ended, or the API server is away: what was seen last stays.
			if ctx.Err() == nil {
				f.progress.say(w.String(), "cannot be seen: "+err.Error())
			}
			continue
		}
		if failure := f.judge(ctx, w, s); failure != nil {
			return failure
		}
	}
	return nil
}

// judge writes down what is wrong with a workload, and returns why it is hopeless, if it is.
func (f *follower) judge(ctx context.Context, w Workload, s sight) *Failure {
	if s.owner == "" {
		return nil
	}
	f.progress.workload(w, s)
	now := map[recordKey]bool{}
	note := func(key recordKey, pod *corev1.Pod, t trouble) {
		now[key] = true
		f.note(ctx, key, w, pod, t)
	}
	if s.refusal != "" {
		reason, message, _ := strings.Cut(s.refusal, ": ")
		note(recordKey{of: s.owner}, nil, trouble{kind: notCreated, reason: reason, message: message})
	}
	for i := range s.pods {
		pod := &s.pods[i]
		troubles := diagnose(pod)
		for _, t := range troubles {
			if w.Kind == Job && pod.Spec.RestartPolicy == corev1.RestartPolicyNever && t.kind == crash {
				// The Job makes a new pod each time.
				t.times = i + 1
			}
			note(recordKey{pod.UID, t.container}, pod, t)
		}
		f.progress.pod(pod, f.recordsOf(pod.UID, now))
	}
	f.forget(s, now)

	var reason *record
	for key := range now {
		r := f.records[key]
		r.verdict, r.owner = s.verdict, s.name
		if r.trouble.hopeless(time.Since(r.since)) || s.verdict != "" {
			reason = worse(reason, r)
		}
	}
	if reason == nil && s.verdict == "" {
		return nil
	}
	if reason == nil {
		reason = &record{workload: w, owner: s.name, verdict: s.verdict}
	}
	// What was taken a moment ago may lack the last lines.
	f.take(ctx, reason)
	return newFailure(reason, f.Context)
}

// note writes a trouble down, and takes its evidence.
func (f *follower) note(ctx context.Context, key recordKey, w Workload, pod *corev1.Pod, t trouble) {
	r := f.records[key]
	if r == nil || r.trouble.kind != t.kind {
		r = &record{workload: w, since: time.Now()}
		f.records[key] = r
	}
	r.pod = pod
	if news := r.update(t); r.due(news) {
		f.take(ctx, r)
	}
}

// update puts what is seen now in place of what was seen last, and says whether that is news.
func (r *record) update(t trouble) bool {
	last := r.trouble
	if t.kind == image {
		// The kubelet tries again and again: ErrImagePull when it has failed, ImagePullBackOff until it tries again.
		t.times = max(last.times, 1)
		if last.reason == "ImagePullBackOff" && t.reason != last.reason {
			t.times++
		}
	}
	if t.reason == "" {
		// What its events said about it.
		t.reason, t.message = last.reason, last.message
	}
	r.trouble = t
	return t.times != last.times || t.reason != last.reason
}

// forget drops what is no longer wrong with pods that are still there.
func (f *follower) forget(s sight, now map[recordKey]bool) {
	there := map[types.UID]bool{s.owner: true}
	for _, pod := range s.pods {
		there[pod.UID] = true
	}
	for key := range f.records {
		if there[key.of] && !now[key] {
			delete(f.records, key)
		}
	}
}

// recordsOf returns the records of a pod that were written in this look.
func (f *follower) recordsOf(pod types.UID, now map[recordKey]bool) []*record {
	var of []*record
	for key := range now {
		if key.of == pod {
			of = append(of, f.records[key])
		}
	}
	return of
}

// worst returns the most telling trouble of all that were seen last, or nil if there is none.
func (f *follower) worst() *Failure {
	var reason *record
	for _, r := range f.records {
		// What has just begun to start is in no trouble yet.
		if !r.taken.IsZero() {
			reason = worse(reason, r)
		}
	}
	if reason == nil {
		return nil
	}
	return newFailure(reason, f.Context)
}

// worse returns the record that tells more; of two that tell as much, the one that was seen first.
func worse(a, b *record) *record {
	switch {
	case a == nil:
		return b
	case a.trouble.kind != b.trouble.kind:
		if a.trouble.kind > b.trouble.kind {
			return a
		}
		return b
	case b.since.Before(a.since):
		return b
	}
	return a
}
