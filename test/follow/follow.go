// Package follow watches the pods of a rollout while a helm command runs: it prints how far they are, finds out when the
// rollout is hopeless, and explains why, in the words of Kubernetes and of the container's own log. What it explains with
// it has taken before: Helm's rollback deletes the pods, and their logs with them.
//
// It asks with get and list alone, once a second. A watch would save a second at most, of the 15 or more that a failure
// takes to be one, and is a right that a deployer does not need otherwise.
package follow

import (
	"context"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
)

// Kinds of workloads that have pods. Those of any other kind are not followed.
const (
	Deployment  = "Deployment"
	StatefulSet = "StatefulSet"
	DaemonSet   = "DaemonSet"
	Job         = "Job"
)

// Workload is an object of a release that has pods.
type Workload struct {
	Kind, Namespace, Name string
	// GiveUpAfter is the value of its Annotation.
	GiveUpAfter string
}

// String is the workload's name for people: deployment example-microservice.
func (w Workload) String() string { return strings.ToLower(w.Kind) + " " + w.Name }

// Options of Follow.
type Options struct {
	// Client with the deployer's rights: charts/project grants what is asked for.
	Client kubernetes.Interface
	// Workloads are those of the revision that is being deployed, hooks included.
	Workloads []Workload
	// Before is what Look saw before the command began.
	Before Before
	// Began is when the API server wrote that the rollout begins. What is older is not the rollout's.
	Began time.Time
	// Patience of the caller, over the defaults.
	Patience Patience
	// Say says, once, what cannot be seen or is written wrong. Nil for nobody.
	Say func(format string, args ...any)
	// Screen gets the progress.
	Screen *Screen
	// Context is the kubeconfig's context that the commands name which a Failure tells to type. Empty for the current one.
	Context string
}

const (
	// interval between two looks.
	interval = time.Second
	// lookTimeout of all that is asked in one look.
	lookTimeout = 20 * time.Second
	// lastLookTimeout is that of the look when the command is over: nobody waits long for it.
	lastLookTimeout = 5 * time.Second
)

// Follow watches the rollout until it is hopeless, or until ctx ends, and prints its progress meanwhile. It returns what
// is wrong, most telling first seen: the reason why it is hopeless or, when ctx has ended first (the command is over),
// the worst that it saw last, such as pods that never became ready. It is nil if nothing is wrong. So ctx.Err() == nil
// afterwards says that the rollout is hopeless and the command still runs.
//
// An API server that does not answer ends nothing: that is for the command to decide.
func Follow(ctx context.Context, o Options) *Failure {
	f := newFollower(o)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if failure := f.look(ctx); failure != nil {
			return failure
		}
		select {
		case <-ctx.Done():
			// Once more: Helm ends at once where a hook fails, maybe before it was seen here.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLookTimeout)
			defer cancel()
			if failure := f.look(last); failure != nil {
				return failure
			}
			return f.worst()
		case <-tick.C:
		}
	}
}
