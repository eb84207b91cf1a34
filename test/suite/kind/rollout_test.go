//go:build e2e

package kind

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

// failure is a way in which a deploy goes wrong, made with values alone.
type failure struct {
	name string
	// version and args of the deploy.
	version string
	args    func(release) []string
	// says has, line by line, what the reason has to say: patterns.
	says []string
	// deadline says that it ends by the Deployment's. Helm 4 looks at that too, and where it is first, what Kubernetes says of
	// it is gone with the way back.
	deadline bool
	// log has a pattern of the last log line, or nothing where no container has run.
	log string
	// next is a pattern of the command to type next.
	next string
}

// aloneTimeout is Helm's where it runs alone. It waits for all of it, whatever is wrong; make deploy gives it 5m.
const aloneTimeout = "15s"

const (
	badContainer = `deployment example-microservice has failed: container example-microservice of pod (example-microservice-[a-z0-9-]+) `
	eventsOfPod  = `kubectl --namespace project-[a-z0-9]+ get events --field-selector involvedObject\.name=example-microservice-[a-z0-9-]+`
)

var failures = []failure{
	{
		name: "an image that does not exist", version: "missing",
		says: []string{badContainer + `has an image that cannot be pulled`, `.*ErrImagePull: .*` + regexp.QuoteMeta(repository) + `:missing`},
		next: `docker manifest inspect ` + regexp.QuoteMeta(repository) + `:missing`,
	},
	{
		name: "a crash at start", version: "v2",
		args: func(release) []string { return []string{"--set", "env.BASE_PATH=wrong"} },
		says: []string{badContainer + `crashes`, `terminated: Error, exit code 1 \(3 times\)`, `BackOff .*Back-off restarting failed container`},
		log:  `BASE_PATH=\\"wrong\\" is wrong: write a path such as`,
		next: eventsOfPod,
	},
	{
		name: "a config file that the service refuses", version: "v2",
		args: func(r release) []string { return r.config("message: [") },
		says: []string{badContainer + `crashes`, `terminated: Error, exit code 1 \(3 times\)`},
		log:  `CONFIG=/configs/dev_config\.yml: yaml: .* correct the YAML`,
		next: eventsOfPod,
	},
	{
		name: "never ready", version: "v2",
		args: func(release) []string {
			return []string{"--set", "readinessProbe.httpGet.path=/nowhere,progressDeadlineSeconds=45"}
		},
		says:     []string{badContainer + `runs, but does not become ready`, `Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404`},
		deadline: true,
		log:      `"path":"/nowhere","status":404`,
		next:     eventsOfPod,
	},
}

// config returns the arguments of a deploy with another configuration file.
func (r release) config(content string) []string {
	r.t.Helper()
	values, err := json.Marshal(map[string]any{"config": map[string]any{"files": map[string]string{"dev_config.yml": content}}})
	require.NoError(r.t, err)
	path := filepath.Join(r.t.TempDir(), "config.yaml")
	require.NoError(r.t, os.WriteFile(path, values, 0o600))
	return []string{"--values", path}
}

// What goes wrong goes back by itself, long before Helm's timeout: nobody notices, and the last that is printed is why.
func TestWhatGoesWrongGoesBack(t *testing.T) {
	slipway, err := undertest.Slipway(t.Context(), t.TempDir())
	require.NoError(t, err)
	for _, helm := range helmsOfFailures {
		t.Run(helm.String(), func(t *testing.T) {
			r := newRelease(t, helm)
			r.mustDeploy("v1")
			r.waitForAnswer("v1")
			l := startLoad(t, r)
			rows := []string{"| Failure | `slipway rollout` | `helm` alone |", "|---|---:|---:|"}
			noFailures(t, "bad deploys", l.during("bad deploys, one after the other", func() {
				for _, f := range append(failures, moreFailures...) {
					t.Run(f.name, func(t *testing.T) {
						r := r
						r.t = t
						rows = append(rows, fmt.Sprintf("| %s | %.0f s | |", f.name, r.goesWrong(slipway, f).Seconds()))
					})
				}
				// What Helm alone says, when its time is over.
				began := time.Now()
				output, err := r.terminal(helm).Run("helm", append(r.deployArguments("missing"), "--timeout", aloneTimeout)...)
				require.Error(t, err)
				require.NotRegexp(t, `ErrImage|pull`, output.Stderr)
				rows = append(rows, fmt.Sprintf("| %s, --timeout %s | | %.0f s |", failures[0].name, aloneTimeout, time.Since(began).Seconds()))
			}))
			l.table()
			t.Logf("from the command to its last line, which is the reason:\n%s", strings.Join(rows, "\n"))
		})
	}
}

// goesWrong runs a deploy that goes wrong, checks what is left, and what is said, and returns how long it took.
func (r release) goesWrong(slipway string, f failure) time.Duration {
	r.t.Helper()
	args := r.deployArguments(f.version)
	if f.args != nil {
		args = append(args, f.args(r)...)
	}
	began := time.Now()
	said, err := r.rollout(r.t.Context(), slipway, args...)
	took := time.Since(began)
	var exit *exec.ExitError
	require.ErrorAs(r.t, err, &exit)
	require.Equal(r.t, 1, exit.ExitCode(), "helm's own")

	// The reason is the last that is said.
	lines := strings.Split(strings.TrimSpace(said), "\n")
	at := len(lines)
	for i, line := range lines {
		if strings.HasPrefix(line, "deployment "+service+" has failed: ") {
			at = i
		}
	}
	reason := strings.Join(lines[min(at, len(lines)-1):], "\n")
	for _, pattern := range f.says {
		require.Regexp(r.t, `(?m)^\s*`+pattern, reason)
	}
	if f.deadline {
		require.Regexp(r.t, `(?m)^\s*ProgressDeadlineExceeded: ReplicaSet "example-microservice-[a-z0-9]+" has timed out progressing\.|not ready\. status: Failed, message: Progress deadline exceeded$`, said)
	}
	if f.log != "" {
		require.Regexp(r.t, `(?s)The last lines of its log:\n(  [^\n]*\n)*  [^\n]*`+f.log, reason)
	} else {
		require.NotContains(r.t, reason, "its log")
	}
	next := strings.TrimSpace(lines[len(lines)-1])
	require.Regexp(r.t, "^"+f.next+"$", next)
	if strings.HasPrefix(next, "kubectl ") {
		// It still says something now that the pod is gone.
		output, err := r.terminal(r.helm).Script(next)
		require.NoError(r.t, err)
		require.Contains(r.t, output.Stdout, "pod/"+regexp.MustCompile(badContainer).FindStringSubmatch(reason)[1])
	}

	history := r.history()
	last := history[len(history)-1]
	require.Equal(r.t, "deployed", last.Status)
	require.Contains(r.t, last.Description, "Rollback to ")
	d, err := admin.client.AppsV1().Deployments(r.name).Get(r.t.Context(), service, metav1.GetOptions{})
	require.NoError(r.t, err)
	require.Equal(r.t, repository+":v1", d.Spec.Template.Spec.Containers[0].Image)
	r.waitReady(2)
	require.Equal(r.t, "hello from dev", r.waitForAnswer("v1").Message)
	return took
}

// rollout runs `slipway rollout -- helm …` as the deployer, and returns what it prints, in the order in which it does.
// The end of ctx is Ctrl-C.
func (r release) rollout(ctx context.Context, slipway string, args ...string) (string, error) {
	r.t.Helper()
	cmd := exec.CommandContext(ctx, slipway, append([]string{"rollout", "--", r.helm.Path("helm")}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+r.kubeconfig)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	r.t.Logf("%s\n%s", strings.Join(cmd.Args, " "), said.String())
	return said.String(), err
}

// The configuration changes in place. A pod of the last good revision that starts again while a bad upgrade runs reads the
// new one, and keeps it when Helm has gone back; the others do not. A restart of the rollout heals it.
func TestConfigurationOfAnOldPod(t *testing.T) {
	slipway, err := undertest.Slipway(t.Context(), t.TempDir())
	require.NoError(t, err)
	r := newRelease(t, helmcli.Helm3)
	r.mustDeploy("v1")
	r.waitForAnswer("v1")
	pods, err := r.pods(t.Context())
	require.NoError(t, err)
	require.Len(t, pods, 2)

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan error, 1)
	args := append(r.deployArguments("v2", "--set", "readinessProbe.httpGet.path=/nowhere"), r.message("changed")...)
	go func() {
		_, err := r.rollout(ctx, slipway, args...)
		ended <- err
	}()
	eventually(t, "the configuration is the new one", func(ctx context.Context) error {
		configuration, err := admin.client.CoreV1().ConfigMaps(r.name).Get(ctx, service, metav1.GetOptions{})
		if err == nil && !strings.Contains(configuration.Data["dev_config.yml"], "message: changed") {
			err = errors.New("not yet")
		}
		return err
	})
	restartContainer(t, pods[0])
	evicted := pods[1].Name
	eventually(t, "evict "+evicted, func(ctx context.Context) error {
		return admin.client.PolicyV1().Evictions(r.name).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: evicted, Namespace: r.name}})
	})
	r.waitForMessages("changed", "changed")
	select {
	case err := <-ended:
		require.Fail(t, "the upgrade ended before the pods had started again", "%v", err)
	default:
	}

	interrupt()
	require.Error(t, <-ended)
	configuration, err := admin.client.CoreV1().ConfigMaps(r.name).Get(t.Context(), service, metav1.GetOptions{})
	require.NoError(t, err)
	require.Contains(t, configuration.Data["dev_config.yml"], "message: hello from dev")
	r.waitForMessages("changed", "changed")

	_, err = r.terminal(r.helm).Script("kubectl rollout restart deployment/" + service + " && kubectl rollout status deployment/" + service)
	require.NoError(t, err)
	r.waitForMessages("hello from dev", "hello from dev")
}

// restartContainer ends the container of a pod as a crash does, and returns when the next one is ready.
func restartContainer(t *testing.T, pod corev1.Pod) {
	t.Helper()
	id := strings.TrimPrefix(pod.Status.ContainerStatuses[0].ContainerID, "containerd://")
	_, err := node.Execute(t.Context(), "ctr", "--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGKILL", id)
	require.NoError(t, err)
	eventually(t, "pod "+pod.Name+" is ready again", func(ctx context.Context) error {
		now, err := admin.client.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		if err == nil && (now.Status.ContainerStatuses[0].RestartCount == 0 || !now.Status.ContainerStatuses[0].Ready) {
			err = errors.New("not yet")
		}
		return err
	})
}

// waitForMessages waits until the pods that are ready, and not to go, answer with these messages.
func (r release) waitForMessages(want ...string) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("the pods answer %q", want), func(ctx context.Context) error {
		pods, err := r.pods(ctx)
		if err != nil {
			return err
		}
		var got []string
		for _, pod := range pods {
			if statuses := pod.Status.ContainerStatuses; len(statuses) == 0 || !statuses[0].Ready {
				continue
			}
			body, err := admin.client.CoreV1().Pods(r.name).ProxyGet("http", pod.Name, "8080", basePath, nil).DoRaw(ctx)
			if err != nil {
				return err
			}
			var answer kindcluster.Answer
			if err := json.Unmarshal(body, &answer); err != nil {
				return err
			}
			got = append(got, answer.Message)
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			return fmt.Errorf("they answer %q", got)
		}
		return nil
	})
}
