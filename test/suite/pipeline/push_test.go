//go:build e2e

package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

// deployed are the jobs of a pipeline that deploys.
var deployed = []string{"access", "build", "check", "deploy", "test", "verify"}

// A push to dev is tested, checked, built, deployed and verified, and answers through the Ingress with the pipeline's id
// as its version; so does the next one, here with the other Helm. A version that does not start goes back, and its
// pipeline is red; the rollback job goes back by hand.
func TestPushToDev(t *testing.T) {
	t.Parallel()
	s := newService(t, "dev")
	dev := s.environments["dev"]

	s.inputs["helm"] = "3"
	quick := s.inputs["test-command"]
	delete(s.inputs, "test-command")
	first, answer := s.deliver("dev", "dev")
	require.Equal(t, "hello from dev", answer.Message)
	require.ElementsMatch(t, deployed, slices.Collect(maps.Keys(first.jobs)))
	for _, pod := range s.pods("dev") {
		require.Equal(t, images.Address+"/"+s.repository()+":"+first.tag("dev")+"@"+s.digest(first.tag("dev")), pod.Spec.Containers[0].Image)
		require.Equal(t, "regcred", pod.Spec.ImagePullSecrets[0].Name)
	}
	require.Contains(t, s.events("dev"), "Successfully pulled image")

	s.inputs["helm"], s.inputs["test-command"] = "4", quick
	s.edit("deploy/values-dev.yaml", "hello from dev", "hello again")
	second, answer := s.deliver("dev", "dev")
	require.Equal(t, "hello again", answer.Message)
	require.NotEqual(t, first.id, second.id)

	t.Run("a version that does not start goes back", func(t *testing.T) {
		s := s.in(t)
		s.inputs["timeout"] = "1m" // no longer than the way back needs on a busy machine
		s.edit("main.go", "	log := newLogger(level)\n", "	log := newLogger(level)\n\tlog.Fatal(\"broken on purpose\")\n")
		broken := s.push("dev")
		require.False(t, broken.green)
		require.False(t, broken.jobs["deploy"].green)
		require.NotContains(t, broken.jobs, "verify")
		log := broken.jobs["deploy"].log
		require.Regexp(t, `(?s)has failed: container example-microservice of pod \S+ crashes.*"msg":"broken on purpose".*Next:\s+kubectl [^\n]+\n\$ test "\$CI_JOB_STATUS" .*is ready for the next deploy: revision \d+ is deployed\s*$`, log,
			"the script's last lines are the reason, and those of after_script say what is live")
		require.True(t, broken.jobs["build"].green)
		dev.host.WaitForAnswer(t, basePath, second.tag("dev"))
	})
	t.Run("rollback by hand", func(t *testing.T) {
		s := s.in(t)
		back := s.runJob("rollback")
		require.True(t, back.green)
		deployments := s.issuer.Deployments()
		require.Len(t, deployments, 1, "GitLab's page of the environment is told")
		require.Equal(t, s.git("rev-parse", "HEAD~2"), deployments[0].Commit, "the commit that runs again, and not the newest")
		require.Equal(t, "hello from dev", dev.host.WaitForAnswer(t, basePath, first.tag("dev")).Message)
	})
	t.Run("a job that is killed while it upgrades", func(t *testing.T) {
		s := s.in(t)
		s.edit("main.go", "\n\tlog.Fatal(\"broken on purpose\")\n", "\n")
		mended := s.read("deploy/values-dev.yaml")
		s.write("deploy/values-dev.yaml", mended+"\nreadinessProbe:\n  initialDelaySeconds: 60\n") // long enough to be killed
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		killed := make(chan error, 1)
		go func() { killed <- s.killUpgrade(ctx, "dev") }()
		cut := s.push("dev")
		cancel()
		require.NoError(t, <-killed)
		require.False(t, cut.jobs["deploy"].green)
		require.Contains(t, cut.jobs["deploy"].log, "is pending-upgrade, left by a deploy that was cut off: rolling back to revision", "its after_script recovers at once")
		dev.host.WaitForAnswer(t, basePath, first.tag("dev"))

		s.write("deploy/values-dev.yaml", mended)
		_, answer := s.deliver("dev", "dev")
		require.Equal(t, "hello again", answer.Message)
	})
}

// deliver pushes to a branch, runs its pipeline, waits until the environment of that name answers with the pipeline's
// version, and logs how long each step took.
func (s service) deliver(branch, environment string, manual ...string) (pipeline, kindcluster.Answer) {
	s.t.Helper()
	began := time.Now()
	p := s.push(branch, manual...)
	require.True(s.t, p.green, "the pipeline of %s is red", branch)
	ran := time.Since(began)
	answer := s.environments[environment].host.WaitForAnswer(s.t, basePath, p.tag(branch))
	s.t.Log(p.table(branch, ran, time.Since(began)))
	return p, answer
}

// table says how long the steps from a push to the service's answer took.
func (p pipeline) table(branch string, ran, answered time.Duration) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 4, 2, ' ', tabwriter.AlignRight)
	for _, name := range slices.Sorted(maps.Keys(p.jobs)) {
		fmt.Fprintf(table, "%s\t%s\t\n", name, p.jobs[name].took.Round(100*time.Millisecond))
	}
	fmt.Fprintf(table, "the whole pipeline\t%s\t\n", ran.Round(100*time.Millisecond))
	fmt.Fprintf(table, "from the push to the answer\t%s\t\n", answered.Round(100*time.Millisecond))
	_ = table.Flush()
	return fmt.Sprintf("%s, some jobs beside each other:\n%s", p.tag(branch), text.String())
}

// in returns the same service for a subtest.
func (s service) in(t *testing.T) service {
	s.t = t
	return s
}

// pods of the service in an environment.
func (s service) pods(environment string) []corev1.Pod {
	s.t.Helper()
	list, err := shared.Client.CoreV1().Pods(s.environments[environment].namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + serviceName})
	require.NoError(s.t, err)
	require.NotEmpty(s.t, list.Items)
	return list.Items
}

// events of an environment, as text.
func (s service) events(environment string) string {
	s.t.Helper()
	list, err := shared.Client.CoreV1().Events(s.environments[environment].namespace).List(s.t.Context(), metav1.ListOptions{})
	require.NoError(s.t, err)
	var text strings.Builder
	for _, event := range list.Items {
		fmt.Fprintln(&text, event.Reason, event.Message)
	}
	return text.String()
}
