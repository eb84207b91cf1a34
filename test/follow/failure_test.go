package follow

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is printed is all that there is to know when the pod is gone.
func TestPrint(t *testing.T) {
	pod := recorded(t, "out-of-memory")
	r := &record{workload: Workload{Kind: Deployment, Namespace: "the-project", Name: "service"}, pod: pod, trouble: diagnose(pod, defaults)[0], evidence: evidence{
		events: []event{{"BackOff", "Back-off restarting failed container", 4}, {"Failed", "Error: ImagePullBackOff", 1}},
		log:    []string{"one", "two"},
	}}
	var out strings.Builder
	newFailure(r, "stg").Print(&out)
	require.Equal(t, `deployment service has failed: container service of pod oombig16 crashes
Kubernetes says:
  terminated: OOMKilled, exit code 137, memory limit 16Mi (3 times)
Events:
  BackOff (4 times): Back-off restarting failed container
The last lines of its log:
  one
  two
Next:
  kubectl --namespace the-project --context stg get events --field-selector involvedObject.name=oombig16
`, out.String())
}

// A rollout may be hopeless with nothing wrong with any pod.
func TestPrintVerdictAlone(t *testing.T) {
	r := &record{workload: Workload{Kind: Job, Namespace: "the-project", Name: "migrate"}, owner: "migrate", verdict: "DeadlineExceeded: Job was active longer than specified deadline"}
	var out strings.Builder
	newFailure(r, "").Print(&out)
	require.Equal(t, `job migrate has failed
Kubernetes says:
  DeadlineExceeded: Job was active longer than specified deadline
Next:
  kubectl --namespace the-project get events --field-selector involvedObject.name=migrate
`, out.String())
}
