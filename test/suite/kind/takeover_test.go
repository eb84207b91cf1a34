//go:build e2e

package kind

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// byHand are the manifests that were applied by hand.
const byHand = root + "/test/suite/takeover/testdata/k8s"

// handMade is a takeover to be tried: with one Helm, of pods that have a preStop or have none.
type handMade struct {
	helm    *helmcli.Program
	preStop bool
}

func (h handMade) String() string {
	if h.preStop {
		return h.helm.String() + ", pods with preStop"
	}
	return h.helm.String() + ", pods without preStop"
}

// lifecycle of the pods' container.
func (h handMade) lifecycle() *corev1.Lifecycle {
	if !h.preStop {
		return nil
	}
	return &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 10}}}
}

// What was applied by hand and runs comes under the chart, and nobody notices: neither a takeover that fails and goes back, nor
// the one that follows. Pods that have a preStop are rolled; pods that have none would lose requests that way.
func TestNobodyNoticesATakeover(t *testing.T) {
	_, err := command(t.Context(), "make", "slipway")
	require.NoError(t, err)
	for _, c := range takeovers {
		name := c.String()
		t.Run(name, func(t *testing.T) {
			r := newRelease(t, c.helm, "podSecurity=baseline", "deployer.features.takeover=true")
			deployment := r.applyByHand(c.lifecycle())
			require.Equal(t, "by hand", r.waitForAnswer("v1").Message)
			before := r.service()
			l := startLoad(t, r)

			result := l.during("a takeover that fails, "+name, func() {
				output, err := r.takeover("missing", "--timeout", "20s")
				require.ErrorContains(t, err, "exit status 1")
				require.Contains(t, output.Stderr, "what was live before is live again")
				require.Contains(t, output.Stderr, ", container example-microservice: ", "why it failed")
			})
			noFailures(t, "failing takeover", result)
			require.Equal(t, "by hand", r.waitForAnswer("v1").Message)
			require.Equal(t, before.Spec, r.service().Spec)
			pods, err := r.pods(t.Context())
			require.NoError(t, err)
			require.Len(t, pods, 2)
			for _, pod := range pods {
				require.Equal(t, "api5-auth", pod.Spec.Containers[0].Name)
			}

			result = l.during("a takeover, "+name, func() {
				_, err := r.takeover("v2")
				require.NoError(t, err)
			})
			l.table()
			noFailures(t, "takeover", result)
			require.Equal(t, "hello from dev", r.waitForAnswer("v2").Message)
			require.Equal(t, before.Spec.ClusterIP, r.service().Spec.ClusterIP)
			require.Equal(t, "http", r.service().Spec.Ports[0].Name)
			now, err := admin.client.AppsV1().Deployments(r.name).Get(t.Context(), service, metav1.GetOptions{})
			require.NoError(t, err)
			require.Equal(t, deployment.Spec.Selector, now.Spec.Selector)
			require.Len(t, now.Spec.Template.Spec.Containers, 1)
			require.Equal(t, service, now.Spec.Template.Spec.Containers[0].Name)
		})
	}
}

// The same load notices a takeover by Helm alone: otherwise the test above would prove nothing.
func TestATakeoverByHelmAloneIsNoticed(t *testing.T) {
	r := newRelease(t, helmcli.Helm3, "podSecurity=baseline")
	r.applyByHand(nil)
	r.waitForAnswer("v1")
	l := startLoad(t, r)
	result := l.during("helm upgrade --install --take-ownership", func() {
		_, err := r.terminal(r.helm).Run("helm", append(r.deployArguments("v2"), "--take-ownership", "--timeout", "15s")...)
		require.Error(t, err)
	})
	require.NotEmpty(t, result.Failures())
	t.Logf("%d of %d requests failed, the first: %s", len(result.Failures()), result.Requests(), result.Failures()[0].Error)
}

// takeover runs slipway takeover with the command of a deploy.
func (r release) takeover(version string, args ...string) (helmcli.Output, error) {
	r.t.Helper()
	slipway, err := filepath.Abs(root + "/.build/slipway")
	require.NoError(r.t, err)
	line := []string{"'" + slipway + "'", "takeover", "--yes", "--", "helm"}
	for _, arg := range r.deployArguments(version, args...) {
		line = append(line, "'"+arg+"'")
	}
	return r.terminal(r.helm).Script(strings.Join(line, " "))
}

// applyByHand applies the manifests as a person does, with an image that is there, a configuration that it takes, and the
// host of the release.
func (r release) applyByHand(preStop *corev1.Lifecycle) *appsv1.Deployment {
	r.t.Helper()
	s, c := read[corev1.Service](r, "20-service.yml"), read[corev1.ConfigMap](r, "30-config.yml")
	d, i := read[appsv1.Deployment](r, "40-deployment.yml"), read[networkingv1.Ingress](r, "50-ingress.yml")
	c.Data = map[string]string{"dev_config.yml": strings.NewReplacer("encKey: \"somethingsecure\"\n", "", "something:\n", "message: by hand\nsomething:\n").Replace(c.Data["dev_config.yml"])}
	container := &d.Spec.Template.Spec.Containers[0]
	container.Image, container.ImagePullPolicy, container.Lifecycle = repository+":v1", corev1.PullIfNotPresent, preStop
	i.Spec.Rules[0].Host, i.Spec.TLS[0].Hosts = r.host(), []string{r.host()}

	folder := r.t.TempDir()
	for name, object := range map[string]any{"20-service.yml": s, "30-config.yml": c, "40-deployment.yml": d, "50-ingress.yml": i} {
		content, err := yaml.Marshal(object)
		require.NoError(r.t, err)
		require.NoError(r.t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	// The old Ingress has the certificate under a name of its own.
	secret, err := admin.client.CoreV1().Secrets(r.name).Get(r.t.Context(), service+"-tls", metav1.GetOptions{})
	require.NoError(r.t, err)
	secret.ObjectMeta = metav1.ObjectMeta{Name: i.Spec.TLS[0].SecretName}
	_, err = admin.client.CoreV1().Secrets(r.name).Create(r.t.Context(), secret, metav1.CreateOptions{})
	require.NoError(r.t, err)
	w := helmcli.Terminal{T: r.t, Program: r.helm, Kubeconfig: r.kubeconfig, Folder: folder}
	w.Must("kubectl", "apply", "--filename", ".")
	w.Must("kubectl", "rollout", "status", "deployment/"+service, "--timeout", "3m")
	return d
}

// read returns one of the manifests, in the release's namespace.
func read[T any, O interface {
	*T
	metav1.Object
}](r release, file string) O {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(byHand, file))
	require.NoError(r.t, err)
	object := O(new(T))
	require.NoError(r.t, yaml.UnmarshalStrict(content, object))
	object.SetNamespace(r.name)
	return object
}

func (r release) service() *corev1.Service {
	r.t.Helper()
	s, err := admin.client.CoreV1().Services(r.name).Get(r.t.Context(), service, metav1.GetOptions{})
	require.NoError(r.t, err)
	return s
}
