package deploy

import (
	"context"
	"fmt"
	"testing"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	podsecurity "k8s.io/pod-security-admission/api"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// everyPod are values that make pods of every sort that the chart knows.
const everyPod = `
initContainers: {wait: {}}
sidecars: {proxy: {}}
jobs: {migrate: {}}
cronJobs: {clean: {schedule: "0 3 * * *"}}
tests: {smoke: {}}
`

// Every pod is admitted where Pod Security "restricted" is enforced.
func TestEveryPodIsAdmitted(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p, "jobs", "cronJobs", "tests")
		namespace := k8s.GetNamespaceContext(t, t.Context(), asAdmin(""), r.namespace)
		require.Equal(t, string(podsecurity.LevelRestricted), namespace.Labels[podsecurity.EnforceLevelLabel])
		pods := watchPods(t, r.namespace)

		require.NoError(t, r.with(everyPod).upgrade("--set", "image.tag=dev-1"))
		require.NotEmpty(t, r.settledPods())
		require.NoError(t, r.test())
		k8s.CreateJobFromCronJobContext(t, t.Context(), as(r.kubeconfig, r.namespace), r.name+"-clean", "clean-now")

		eventually.NoError(t, "a pod of every sort", func(context.Context) error {
			seen := map[string]bool{}
			for _, event := range pods.seen() {
				if pod, ok := event.Object.(*corev1.Pod); ok {
					seen[pod.Labels["app"]] = true
				}
			}
			for _, app := range []string{r.name, r.name + ".migrate", r.name + ".clean", r.name + ".smoke"} {
				if !seen[app] {
					return fmt.Errorf("no pod with app=%s, only %v", app, seen)
				}
			}
			return nil
		})
		for _, event := range k8s.ListEventsContext(t, t.Context(), asAdmin(r.namespace), metav1.ListOptions{}) {
			require.NotEqual(t, "FailedCreate", event.Reason, event.Message)
		}
	})
}

// Values that loosen the security context are refused, and the server says why: it does enforce.
func TestLoosenedPodsAreRefused(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1",
			"--set", "securityContext.allowPrivilegeEscalation=true", "--set", "securityContext.capabilities=null",
			"--set", "podSecurityContext.runAsNonRoot=null", "--set", "podSecurityContext.seccompProfile=null"))
		var refusal string
		eventually.NoError(t, "refusal of the pods", func(ctx context.Context) error {
			d, err := k8s.GetDeploymentContextE(t, ctx, asAdmin(r.namespace), r.name)
			if err != nil {
				return err
			}
			failure := condition(d, appsv1.DeploymentReplicaFailure)
			if failure.Status != corev1.ConditionTrue {
				return fmt.Errorf("deployment %s is not refused: %+v", r.name, d.Status.Conditions)
			}
			refusal = failure.Message
			return nil
		})
		for _, says := range []string{
			`violates PodSecurity "restricted:`, "allowPrivilegeEscalation != false", "unrestricted capabilities",
			"runAsNonRoot != true", "seccompProfile",
		} {
			require.Contains(t, refusal, says)
		}
		require.Empty(t, k8s.ListPodsContext(t, t.Context(), asAdmin(r.namespace), metav1.ListOptions{}))
	})
}

// condition returns the Deployment's condition of one type, or an empty one.
func condition(d *appsv1.Deployment, kind appsv1.DeploymentConditionType) appsv1.DeploymentCondition {
	for _, c := range d.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return appsv1.DeploymentCondition{}
}
