package follow

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// kind of trouble. A later one tells more: it is nearer to the cause.
type kind int

const (
	none          kind = iota // nothing is known but that Kubernetes has given up
	notReady                  // the container runs, and is not ready
	notStarted                // the pod has a node, and its containers are not there yet
	unschedulable             // no node takes the pod
	notCreated                // the API server refuses the pod: quota, Pod Security
	crash                     // the container ends by itself, or is ended
	config                    // what the container is made from is refused or missing, such as a Secret
	image                     // the image cannot be pulled
	badImage                  // the image's name is wrong, or it may not be pulled
)

// trouble is what is wrong with a container, or with a pod.
type trouble struct {
	kind kind
	// container has no name where the whole pod is in trouble.
	container string
	image     string
	// reason and message are Kubernetes' words.
	reason, message string
	// ended says how the container has last ended, if it has.
	ended string
	// times that the container has ended, or its image could not be pulled.
	times int
	// logs says whose log tells more: that of the container before the one that is there now, that one's own, or none.
	logs logs
}

type logs int

const (
	noLogs logs = iota
	ownLogs
	previousLogs
)

// hopeless says whether no more is to be hoped for, having seen the trouble for a while.
func (t trouble) hopeless(seen time.Duration, p Patience) bool {
	l := p[t.kind]
	return l.times > 0 && t.times >= l.times || l.lasts > 0 && seen >= l.lasts
}

// Reasons that a kubelet gives why a container waits.
var waiting = map[string]kind{
	"InvalidImageName":           badImage,
	"ErrImageNeverPull":          badImage,
	"ErrImagePull":               image,
	"ImagePullBackOff":           image,
	"ImageInspectError":          image,
	"RegistryUnavailable":        image,
	"SignatureValidationFailed":  image,
	"CreateContainerConfigError": config,
	"CreateContainerError":       config,
	"RunContainerError":          crash,
	"CrashLoopBackOff":           crash,
}

// diagnose says what is wrong with a pod, container by container. It is nothing for a pod that is ready or has ended well.
func diagnose(pod *corev1.Pod, p Patience) []trouble {
	if isReady(pod) || pod.Status.Phase == corev1.PodSucceeded {
		return nil
	}
	if c := condition(pod, corev1.PodScheduled); c != nil && c.Reason == corev1.PodReasonUnschedulable {
		return []trouble{{kind: unschedulable, reason: c.Reason, message: c.Message}}
	}
	var failed, unready []trouble
	started := false
	for _, of := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, status := range of {
			t := trouble{container: status.Name, image: container(pod, status.Name).Image}
			started = started || status.State.Waiting == nil
			switch {
			case t.fails(pod, status):
				failed = append(failed, t)
			case status.State.Running != nil && !status.Ready:
				t.kind, t.logs, t.times = notReady, ownLogs, int(status.RestartCount)
				if last := status.LastTerminationState.Terminated; last != nil {
					t.logs, t.ended = previousLogs, howEnded(pod, status.Name, last)
				}
				if chances := p[crash].times; chances > 0 && t.times >= chances {
					// It runs again, but has been given its chances: the kubelet may have started it again between two looks.
					t.kind = crash
					failed = append(failed, t)
				} else {
					unready = append(unready, t)
				}
			}
		}
	}
	switch {
	case len(failed) > 0:
		return failed
	case len(unready) > 0:
		// What runs first must be done, or ready, before the next one starts.
		return unready[:1]
	case !started:
		return []trouble{{kind: notStarted}}
	}
	return nil
}

// fails says whether the container's status is a failure, and what is wrong then.
func (t *trouble) fails(pod *corev1.Pod, status corev1.ContainerStatus) bool {
	ended := status.State.Terminated
	if w := status.State.Waiting; w != nil {
		known := false
		if t.kind, known = waiting[w.Reason]; !known {
			return false
		}
		t.reason, t.message = w.Reason, w.Message
		if t.kind != crash {
			return true
		}
		ended, t.logs = status.LastTerminationState.Terminated, previousLogs
	} else {
		if ended == nil || ended.ExitCode == 0 {
			return false
		}
		t.kind, t.reason, t.logs = crash, ended.Reason, ownLogs
	}
	t.times = int(status.RestartCount) + 1
	if ended != nil {
		t.ended = howEnded(pod, status.Name, ended)
	}
	return true
}

// killed is the exit code of a process that SIGKILL has ended, which is how the kernel ends one that takes too much memory.
const killed = 137

// howEnded says how a container has ended: OOMKilled, exit code 137, memory limit 16Mi. The limit is named wherever the
// process was killed, since containerd does not always hear of the kernel's reason in time: then it says Error.
func howEnded(pod *corev1.Pod, name string, ended *corev1.ContainerStateTerminated) string {
	text := fmt.Sprintf("%s, exit code %d", ended.Reason, ended.ExitCode)
	limits := container(pod, name).Resources.Limits
	if limit := limits.Memory(); (ended.Reason == "OOMKilled" || ended.ExitCode == killed) && !limit.IsZero() {
		text += ", memory limit " + limit.String()
	}
	if ended.Message != "" {
		text += ": " + ended.Message
	}
	return text
}

// container returns a container of the pod's, or an empty one.
func container(pod *corev1.Pod, name string) corev1.Container {
	for _, of := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range of {
			if c.Name == name {
				return c
			}
		}
	}
	return corev1.Container{}
}

func isReady(pod *corev1.Pod) bool {
	c := condition(pod, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

func condition(pod *corev1.Pod, of corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == of {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}
