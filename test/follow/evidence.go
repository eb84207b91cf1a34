package follow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/utils/ptr"
)

// evidence is what is lost with a pod, or hard to find later.
type evidence struct {
	// log has the last lines of the container's log.
	log []string
	// events that tell of trouble, oldest first.
	events []event
}

// event of a pod, or of what makes pods.
type event struct {
	reason, message string
	count           int
}

// String is the event as it is printed: BackOff (3 times): Back-off restarting failed container.
func (e event) String() string {
	if e.count > 1 {
		return fmt.Sprintf("%s (%d times): %s", e.reason, e.count, e.message)
	}
	return e.reason + ": " + e.message
}

const (
	logLines  = 20
	logBytes  = 64 << 10
	lineWidth = 500
	lastOnes  = 5
	// settled is how long a pod may be without being ready before it is asked why.
	settled = 3 * time.Second
	// fresh is how old evidence may be: a rollback may take the pod at any time.
	fresh = 10 * time.Second
)

// due says whether it is time to take evidence: at news, and again before it is old. What just starts is in no trouble yet.
func (r *record) due(news bool) bool {
	if r.trouble.kind == notReady || r.trouble.kind == notStarted {
		news = time.Since(r.since) >= settled && r.taken.IsZero()
	}
	return news || !r.taken.IsZero() && time.Since(r.taken) >= fresh
}

// take takes the evidence of a trouble. What cannot be had now stays as it was.
func (f *follower) take(ctx context.Context, r *record) {
	r.taken = time.Now()
	if r.pod == nil {
		return
	}
	events, err := f.events(ctx, r.pod, r.trouble.container)
	f.lacks(err, withoutEvents)
	if err == nil {
		r.evidence.events = events
		if last := lastOf(events, r.trouble); last != nil {
			r.trouble.reason, r.trouble.message = last.reason, last.message
		}
	}
	if r.trouble.logs == noLogs {
		return
	}
	first := r.trouble.logs == previousLogs
	for _, previous := range []bool{first, !first} {
		// The other one where the first says nothing.
		if lines := f.log(ctx, r, previous); len(lines) > 0 {
			r.evidence.log = lines
			return
		}
	}
}

// lastOf returns the last event that says why a pod that Kubernetes has nothing against is not ready, if one does.
func lastOf(events []event, t trouble) *event {
	if t.kind != notReady && t.kind != notStarted {
		return nil
	}
	for _, e := range slices.Backward(events) {
		return &e
	}
	return nil
}

func (f *follower) log(ctx context.Context, r *record, previous bool) []string {
	content, err := f.Client.CoreV1().Pods(r.pod.Namespace).GetLogs(r.pod.Name, &corev1.PodLogOptions{
		Container: r.trouble.container, Previous: previous, TailLines: ptr.To[int64](logLines), LimitBytes: ptr.To[int64](logBytes),
	}).DoRaw(ctx)
	if err != nil {
		f.lacks(asked(err, "get", "pods/log", r.pod.Namespace), "why a container fails is said without its log")
		return nil
	}
	// The kubelet says it in the log's place where the log is gone.
	if strings.HasPrefix(string(content), "unable to retrieve container logs for ") {
		return nil
	}
	var lines []string
	for line := range strings.Lines(f.hide(ctx, r.pod, string(content))) {
		if line = printable(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// withoutEvents is what follows where events cannot be listed.
const withoutEvents = "why pods fail is said without their events"

// events returns the last events of a pod that tell what is in its way: warnings, that the kubelet ends a container or
// waits with it, and that it pulls an image just now.
func (f *follower) events(ctx context.Context, pod *corev1.Pod, container string) ([]event, error) {
	list, err := f.Client.CoreV1().Events(pod.Namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("involvedObject.uid", string(pod.UID)).String(),
	})
	if err != nil {
		return nil, asked(err, "list", "events", pod.Namespace)
	}
	slices.SortStableFunc(list.Items, func(a, b corev1.Event) int { return lastSeen(a).Compare(lastSeen(b)) })
	var events []event
	for i, e := range list.Items {
		path := e.InvolvedObject.FieldPath
		if container != "" && path != "" && !strings.HasSuffix(path, "{"+container+"}") {
			continue
		}
		pulls := e.Reason == "Pulling" && i == len(list.Items)-1
		if e.Type == corev1.EventTypeWarning || e.Reason == "Killing" || e.Reason == "BackOff" || pulls {
			events = append(events, event{e.Reason, printable(f.hide(ctx, pod, e.Message)), int(max(e.Count, 1))})
		}
	}
	return events[max(0, len(events)-lastOnes):], nil
}

func lastSeen(e corev1.Event) time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}

// printable is a line that does nothing to a terminal, and does not fill it.
func printable(line string) string {
	line = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, line)
	line = strings.TrimRight(line, " ")
	if runes := []rune(line); len(runes) > lineWidth {
		line = string(runes[:lineWidth]) + "…"
	}
	return line
}
