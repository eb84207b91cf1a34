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
	// patience with each of the workloads.
	patience []Patience
	// unseen are the places of those that cannot be seen for lack of a right.
	unseen map[int]bool
	// lacking are the rights of which it was said that they are missing.
	lacking map[missing]bool
	// secrets that pods read, by namespace and name, as far as they may be read.
	secrets map[string]map[string][]byte
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
	patience Patience
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
	f := &follower{
		Options: o, progress: progress{screen: o.Screen, said: map[string]string{}},
		unseen: map[int]bool{}, lacking: map[missing]bool{}, secrets: map[string]map[string][]byte{}, records: map[recordKey]*record{},
	}
	f.Workloads = nil
	blind := map[string]bool{}
	for _, w := range o.Workloads {
		if err := o.Before.blind[w.Namespace]; err != nil {
			if !blind[w.Namespace] {
				f.sayOnce("%v: %s", err, goesOn)
			}
			blind[w.Namespace] = true
			continue
		}
		annotated, err := ParsePatience(w.GiveUpAfter)
		if err != nil {
			f.sayOnce("annotation %s of %s is ignored: %v", Annotation, w, err)
		}
		f.Workloads = append(f.Workloads, w)
		f.patience = append(f.patience, annotated.Over(o.Patience).Over(defaults))
		f.progress.namespaces = f.progress.namespaces || w.Namespace != f.Workloads[0].Namespace
	}
	return f
}

// goesOn is what follows where pods cannot be seen.
const goesOn = "pods that it is needed for are not followed, and helm alone decides when to stop"

// look looks at all workloads once, and prints what has changed. It returns why the rollout is hopeless, if it is.
func (f *follower) look(ctx context.Context) *Failure {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	f.progress.begin()
	defer f.progress.end()
	for i, w := range f.Workloads {
		if f.unseen[i] {
			continue
		}
		s, err := f.see(ctx, w)
		switch {
		case f.lacks(err, goesOn):
			f.unseen[i] = true
		case err != nil:
			// The command has ended, or the API server is away: what was seen last stays.
			if ctx.Err() == nil {
				f.progress.say(f.progress.name(w.Kind, w.Namespace, w.Name), "cannot be seen: "+err.Error())
			}
		default:
			if failure := f.judge(ctx, w, f.patience[i], s); failure != nil {
				return failure
			}
		}
	}
	return nil
}

// judge writes down what is wrong with a workload, and returns why it is hopeless, if it is.
func (f *follower) judge(ctx context.Context, w Workload, p Patience, s sight) *Failure {
	if s.owner == "" {
		return nil
	}
	f.progress.workload(w, s)
	now := map[recordKey]bool{}
	note := func(key recordKey, pod *corev1.Pod, t trouble) {
		now[key] = true
		f.note(ctx, key, record{workload: w, patience: p, owner: s.name, verdict: s.verdict, pod: pod}, t)
	}
	if s.refusal != "" {
		reason, message, _ := strings.Cut(s.refusal, ": ")
		note(recordKey{of: s.owner}, nil, trouble{kind: notCreated, reason: reason, message: message})
	} else if s.verdict != "" {
		note(recordKey{of: s.owner}, nil, trouble{kind: none, times: 1})
	}
	for i := range s.pods {
		pod := &s.pods[i]
		for _, t := range diagnose(pod, p) {
			if s.job != nil && pod.Spec.RestartPolicy == corev1.RestartPolicyNever && t.kind == crash {
				// The Job makes a new pod each time.
				t.times = failures(s.job, s.pods, i)
			}
			t.message, t.ended = f.hide(ctx, pod, t.message), f.hide(ctx, pod, t.ended)
			note(recordKey{pod.UID, t.container}, pod, t)
		}
		f.progress.pod(pod, f.recordsOf(pod.UID, now))
	}
	f.forget(s, now)

	var reason *record
	// Kubernetes waits no longer: then the most telling of all that is wrong is the reason.
	over := s.verdict != "" && (trouble{kind: none, times: 1}).hopeless(0, p)
	for key := range now {
		if r := f.records[key]; over || r.trouble.kind != none && r.trouble.hopeless(time.Since(r.since), p) {
			reason = worse(reason, r)
		}
	}
	if reason == nil {
		return nil
	}
	// What was taken a moment ago may lack the last lines.
	f.take(ctx, reason)
	return newFailure(reason, f.Context)
}

// note writes a trouble down, with what is known of it besides, and takes its evidence.
func (f *follower) note(ctx context.Context, key recordKey, seen record, t trouble) {
	r := f.records[key]
	if r == nil || r.trouble.kind != t.kind {
		r = &record{since: time.Now()}
		f.records[key] = r
	}
	r.workload, r.patience, r.owner, r.verdict, r.pod = seen.workload, seen.patience, seen.owner, seen.verdict, seen.pod
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
