package rollout

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// mirror is a policy of a cluster that rewrites the images of the Deployment NAME.
const mirror = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: NAME}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  matchConditions: [{name: name, expression: "object.metadata.name == 'NAME'"}]
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >
          [JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/image",
          value: object.spec.template.spec.containers[0].image.replace("registry.example.com", "mirror.example.com")}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: NAME}
spec: {policyName: NAME}
`

// What the cluster makes of a manifest is no reason to go back, again and again: it is said, and no revision is lost.
func TestImageThatIsRewritten(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.rewriteImages()
		s.bySlipway().mustUpgrade(good("dev-1")...)
		require.Equal(t, "mirror.example.com/the-project/example-microservice:dev-1", s.deployment().Spec.Template.Spec.Containers[0].Image)

		failing := s.bySlipway().beginDead(nothing, s.atomic()...)
		failing.signal(syscall.SIGTERM)
		code, said := failing.end()
		require.Equal(t, 1, code)
		require.Contains(t, said, "has been rolled back")
		require.Contains(t, said, "the API server makes that of the manifest")
		require.NotContains(t, said, "helm says that")

		require.NotContains(t, s.bySlipway().mustUpgrade(good("dev-2")...), "rolling back")
		require.Len(t, s.history(), 4)
	})
}

// rewriteImages makes the policy, and returns when the API server follows it.
func (s service) rewriteImages() {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "mirror.yaml")
	require.NoError(s.t, os.WriteFile(file, []byte(strings.ReplaceAll(mirror, "NAME", s.name)), 0o600))
	s.kubectl("apply", "--filename", file)
	labels := map[string]string{"app": s.name}
	eventually.NoError(s.t, "the policy", func(ctx context.Context) error {
		d, err := admin.Typed.AppsV1().Deployments(namespace).Create(ctx, &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: s.name},
			Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "service", Image: "registry.example.com/x:1"}}},
			}},
		}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && d.Spec.Template.Spec.Containers[0].Image != "mirror.example.com/x:1" {
			err = errors.New("is not followed yet")
		}
		return err
	})
}
