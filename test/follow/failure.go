package follow

import (
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Failure is what is wrong with a rollout, and all that explains it: its pods may be gone by now.
type Failure struct {
	// Workload that does not get ready.
	Workload Workload
	// Pod and Container in trouble. Empty where there is no pod, or where it is the whole pod.
	Pod, Container string
	// Summary is one line without the words of Kubernetes: container service crashes.
	Summary string
	// Causes are the words of Kubernetes: CrashLoopBackOff: back-off 20s restarting failed container=service …
	Causes []string
	// Events of the pod that tell of trouble, oldest first.
	Events []string
	// Log has the last lines of the container's log, and is empty where there is none.
	Log []string
	// Next is the command to type next. It works with the deployer's rights, and after a rollback too.
	Next string
}

// summaries say in plain words what is wrong. %s is the container or the pod.
var summaries = map[kind]string{
	none:          "has failed",
	notReady:      "runs, but does not become ready",
	notStarted:    "does not start",
	unschedulable: "finds no node",
	notCreated:    "the API server refuses its pods",
	crash:         "crashes",
	config:        "cannot be made",
	image:         "has an image that cannot be pulled",
	badImage:      "has an image that cannot be used",
}

func newFailure(r *record, context string) *Failure {
	f := &Failure{Workload: r.workload, Container: r.trouble.container, Log: r.evidence.log}
	t := r.trouble
	who := r.workload.String()
	about := r.owner
	if r.pod != nil {
		f.Pod = r.pod.Name
		who, about = "pod "+f.Pod, f.Pod
		if f.Container != "" {
			who = "container " + f.Container + " of " + who
		}
	}
	f.Summary = who + " " + summaries[t.kind]
	if t.kind == notCreated {
		f.Summary = who + ": " + summaries[t.kind]
	}
	add := func(cause string) {
		if cause != "" {
			f.Causes = append(f.Causes, printable(cause))
		}
	}
	if t.message != "" {
		add(t.reason + ": " + t.message)
	}
	if t.ended != "" {
		times := ""
		if t.times > 1 {
			times = fmt.Sprintf(" (%d times)", t.times)
		}
		add("terminated: " + t.ended + times)
	}
	if r.pod != nil {
		for _, c := range r.pod.Status.Conditions {
			// Of the other conditions of Kubernetes' own, none says more than its container's status.
			own := c.Type == corev1.PodReady || c.Type == corev1.ContainersReady || c.Type == corev1.PodInitialized
			if !own && c.Status == corev1.ConditionFalse && c.Message != "" && c.Message != t.message {
				add(fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
			}
		}
	}
	add(r.verdict)
	if t.kind >= config {
		add("image: " + t.image)
	}
	for _, e := range r.evidence.events {
		_, reasonAlone := waiting[strings.TrimPrefix(e.message, "Error: ")]
		if reasonAlone || t.message != "" && strings.Contains(e.message, t.message) {
			continue // said above
		}
		f.Events = append(f.Events, e.String())
	}
	f.Next = next(r, about, context)
	return f
}

// next is the command that helps on.
func next(r *record, about, context string) string {
	kubectl := "kubectl --namespace " + r.workload.Namespace
	if context != "" {
		kubectl += " --context " + context
	}
	switch r.trouble.kind {
	case image, badImage:
		return "docker manifest inspect " + r.trouble.image
	case config:
		return kubectl + " get secrets,configmaps"
	}
	// Events outlive their pods.
	return kubectl + " get events --field-selector involvedObject.name=" + about
}

// Print prints the failure, and is meant to be the last that a command prints.
func (f *Failure) Print(w io.Writer) {
	if f.Pod == "" {
		fmt.Fprintln(w, f.Summary)
	} else {
		fmt.Fprintf(w, "%s has failed: %s\n", f.Workload, f.Summary)
	}
	list(w, "Kubernetes says:", f.Causes)
	list(w, "Events:", f.Events)
	if f.Container != "" && len(f.Log) > 0 {
		list(w, "The last lines of its log:", f.Log)
	}
	list(w, "Next:", []string{f.Next})
}

func list(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(w, title)
	for _, line := range lines {
		fmt.Fprintln(w, "  "+line)
	}
}
