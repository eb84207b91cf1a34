package follow

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// recorded returns a pod as a real cluster (Kubernetes 1.37) had it.
func recorded(t *testing.T, name string) *corev1.Pod {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	require.NoError(t, err)
	pod := new(corev1.Pod)
	require.NoError(t, yaml.UnmarshalStrict(content, pod))
	return pod
}

const never = time.Duration(-1)

func TestDiagnose(t *testing.T) {
	const (
		good    = "registry.example.com/the-project/example-microservice:v1"
		missing = "registry.example.com/the-project/example-microservice:missing"
	)
	tests := map[string]struct {
		want []trouble
		// hopeless is how long the trouble has to last; never where time alone does not do.
		hopeless time.Duration
	}{
		"ready":          {hopeless: never},
		"job-runs":       {hopeless: never},
		"creating":       {[]trouble{{kind: notStarted}}, never},
		"init-runs":      {[]trouble{{kind: notReady, container: "migrate", image: good, times: 2, logs: previousLogs, ended: "Error, exit code 1"}}, never},
		"not-ready":      {[]trouble{{kind: notReady, container: "service", image: good, logs: ownLogs}}, never},
		"unschedulable":  {[]trouble{{kind: unschedulable, reason: "Unschedulable"}}, 3 * time.Minute},
		"image-missing":  {[]trouble{{kind: image, container: "service", image: missing, reason: "ErrImagePull"}}, 90 * time.Second},
		"image-back-off": {[]trouble{{kind: image, container: "service", image: missing, reason: "ImagePullBackOff"}}, 90 * time.Second},
		"image-name":     {[]trouble{{kind: badImage, container: "service", image: "Not A Name", reason: "InvalidImageName"}}, 5 * time.Second},
		"image-never":    {[]trouble{{kind: badImage, container: "service", image: missing, reason: "ErrImageNeverPull"}}, 5 * time.Second},
		"secret-missing": {[]trouble{{kind: config, container: "service", image: good, reason: "CreateContainerConfigError"}}, 30 * time.Second},
		"volume-missing": {[]trouble{{kind: notStarted}}, never},
		"crash-once-more": {[]trouble{{kind: crash, container: "service", image: good, reason: "Error", times: 2, logs: ownLogs,
			ended: "Error, exit code 1"}}, never},
		"crash-three-times": {[]trouble{{kind: crash, container: "service", image: good, reason: "Error", times: 3, logs: ownLogs,
			ended: "Error, exit code 1"}}, 0},
		"crash-back-off": {[]trouble{{kind: crash, container: "service", image: good, reason: "CrashLoopBackOff", times: 2, logs: previousLogs,
			ended: "OOMKilled, exit code 137, memory limit 16Mi"}}, never},
		"out-of-memory": {[]trouble{{kind: crash, container: "service", image: good, reason: "OOMKilled", times: 3, logs: ownLogs,
			ended: "OOMKilled, exit code 137, memory limit 16Mi"}}, 0},
		"start-error": {[]trouble{{kind: crash, container: "service", image: good, reason: "CrashLoopBackOff", times: 2, logs: previousLogs,
			ended: "StartError, exit code 128: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: " +
				"unable to start container process: error during container init: %!w(<nil>)"}}, never},
		"command-missing": {[]trouble{{kind: crash, container: "service", image: good, reason: "RunContainerError", times: 3, logs: previousLogs,
			ended: "StartError, exit code 128: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: " +
				"unable to start container process: exec: \"/nowhere\": stat /nowhere: no such file or directory"}}, 0},
		"init-crash": {[]trouble{{kind: crash, container: "migrate", image: good, reason: "Error", times: 3, logs: ownLogs,
			ended: "Error, exit code 1"}}, 0},
		"job-failed": {[]trouble{{kind: crash, container: "service", image: good, reason: "Error", times: 1, logs: ownLogs,
			ended: "Error, exit code 1"}}, never},
	}
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(tests), "every recorded pod is in the table")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := diagnose(recorded(t, name), defaults)
			for i := range got {
				require.Equal(t, got[i].reason == "" || got[i].kind == crash && got[i].reason != "CrashLoopBackOff" && got[i].reason != "RunContainerError",
					got[i].message == "", "Kubernetes' reason comes with its message")
				got[i].message = ""
			}
			require.Equal(t, test.want, got)
			if len(got) == 0 {
				return
			}
			if test.hopeless == never {
				require.False(t, got[0].hopeless(24*time.Hour, defaults))
				return
			}
			require.True(t, got[0].hopeless(test.hopeless, defaults))
			if test.hopeless > 0 {
				require.False(t, got[0].hopeless(test.hopeless-1, defaults))
			}
		})
	}
}

// A container that runs again after its last chance is as hopeless as one that waits: the kubelet may have started it
// between two looks.
func TestRunsAgain(t *testing.T) {
	pod := recorded(t, "init-runs")
	require.Equal(t, notReady, diagnose(pod, defaults)[0].kind)
	pod.Status.InitContainerStatuses[0].RestartCount = 3
	got := diagnose(pod, defaults)[0]
	require.Equal(t, crash, got.kind)
	require.Equal(t, "Error, exit code 1", got.ended)
	require.True(t, got.hopeless(0, defaults))
}
