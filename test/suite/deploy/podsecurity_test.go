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
)

// Every pod is admitted where Pod Security "restricted" is enforced.
func TestPodsAreAdmitted(t *testing.T) {
	forEachHelm(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		namespace := k8s.GetNamespaceContext(t, t.Context(), asAdmin(""), r.namespace)
		require.Equal(t, string(podsecurity.LevelRestricted), namespace.Labels[podsecurity.EnforceLevelLabel])

		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		require.NotEmpty(t, r.settledPods())

		for _, event := range k8s.ListEventsContext(t, t.Context(), asAdmin(r.namespace), metav1.ListOptions{}) {
			require.NotEqual(t, "FailedCreate", event.Reason, event.Message)
		}
	})
}

// Values that loosen the security context are refused, and the server says why: it does enforce.
func TestLoosenedPodsAreRefused(t *testing.T) {
	forEachHelm(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		for _, c := range []struct{ name, set, message string }{
			{"escalation", "securityContext.allowPrivilegeEscalation=true", "allowPrivilegeEscalation != false"},
			{"capabilities", "securityContext.capabilities=null", "unrestricted capabilities"},
			{"root", "podSecurityContext.runAsNonRoot=null", "runAsNonRoot != true"},
			{"seccomp", "podSecurityContext.seccompProfile=null", "seccompProfile"},
		} {
			r.name = c.name
			require.NoError(t, r.upgrade("--set", "image.tag=dev-1", "--set", c.set))
			eventually(t, "refusal of "+c.set, func(ctx context.Context) error {
				d, err := k8s.GetDeploymentContextE(t, ctx, asAdmin(r.namespace), r.name)
				if err != nil {
					return err
				}
				failure := condition(d, appsv1.DeploymentReplicaFailure)
				if failure.Status != corev1.ConditionTrue {
					return fmt.Errorf("deployment %s is not refused: %+v", r.name, d.Status.Conditions)
				}
				require.Contains(t, failure.Message, `violates PodSecurity "restricted:`)
				require.Contains(t, failure.Message, c.message)
				return nil
			})
			require.Empty(t, k8s.ListPodsContext(t, t.Context(), asAdmin(r.namespace), metav1.ListOptions{}))
		}
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
