//go:build e2e

package kind

import (
	"cmp"
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
	// label by which Deployment and Service select; app if it is empty.
	label string
	// serviceType is ClusterIP if it is empty.
	serviceType corev1.ServiceType
}

func (h handMade) String() string {
	text := h.helm.String() + ", pods without preStop"
	if h.preStop {
		text = h.helm.String() + ", pods with preStop"
	}
	if h.label != "" {
		text += ", selected by " + h.label
	}
	if h.serviceType != "" {
		text += ", behind a " + string(h.serviceType)
	}
	return text
}

// arguments that the helm command needs.
func (h handMade) arguments(more ...string) []string {
	if h.serviceType == "" {
		return more
	}
	return append(more, "--set", "service.type="+string(h.serviceType))
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
			r.applyByHand(c)
			require.Equal(t, "by hand", r.waitForAnswer("v1").Message)
			before := r.service()
			l := startLoad(t, r)

			result := l.during("a takeover that fails, "+name, func() {
				output, err := r.takeover("missing", c.arguments("--timeout", "20s")...)
				require.ErrorContains(t, err, "exit status 1")
				require.Contains(t, output.Stderr, "what was live before is live again")
				require.Contains(t, output.Stderr, ", container example-microservice: ", "why it failed")
			})
			noFailures(t, "failing takeover", result)
			require.Equal(t, "by hand", r.waitForAnswer("v1").Message)
			require.Equal(t, before.Spec, r.service().Spec)
			pods, err := admin.client.CoreV1().Pods(r.name).List(t.Context(), metav1.ListOptions{LabelSelector: cmp.Or(c.label, "app") + "=" + service})
			require.NoError(t, err)
			require.Len(t, pods.Items, 2)
			for _, pod := range pods.Items {
				require.Equal(t, "api5-auth", pod.Spec.Containers[0].Name)
			}

			result = l.during("a takeover, "+name, func() {
				_, err := r.takeover("v2", c.arguments()...)
				require.NoError(t, err)
			})
			l.table()
			noFailures(t, "takeover", result)
			require.Equal(t, "hello from dev", r.waitForAnswer("v2").Message)
			require.Equal(t, before.Spec.ClusterIP, r.service().Spec.ClusterIP)
			require.Equal(t, "http", r.service().Spec.Ports[0].Name)
			now, err := admin.client.AppsV1().Deployments(r.name).Get(t.Context(), service, metav1.GetOptions{})
			require.NoError(t, err)
			require.Equal(t, map[string]string{"app": service}, now.Spec.Selector.MatchLabels)
			require.Equal(t, map[string]string{"app": service}, r.service().Spec.Selector)
			require.Equal(t, before.Spec.Type, r.service().Spec.Type)
			require.Equal(t, before.Spec.Ports[0].NodePort, r.service().Spec.Ports[0].NodePort)
			require.Len(t, now.Spec.Template.Spec.Containers, 1)
			require.Equal(t, service, now.Spec.Template.Spec.Containers[0].Name)
		})
	}
}

// The same load notices a takeover by Helm alone: otherwise the test above would prove nothing.
func TestATakeoverByHelmAloneIsNoticed(t *testing.T) {
	r := newRelease(t, helmcli.Helm3, "podSecurity=baseline")
	r.applyByHand(handMade{})
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
func (r release) applyByHand(h handMade) {
	r.t.Helper()
	s, c := read[corev1.Service](r, "20-service.yml"), read[corev1.ConfigMap](r, "30-config.yml")
	d, i := read[appsv1.Deployment](r, "40-deployment.yml"), read[networkingv1.Ingress](r, "50-ingress.yml")
	c.Data = map[string]string{"dev_config.yml": strings.NewReplacer("encKey: \"somethingsecure\"\n", "", "something:\n", "message: by hand\nsomething:\n").Replace(c.Data["dev_config.yml"])}
	container := &d.Spec.Template.Spec.Containers[0]
	container.Image, container.ImagePullPolicy, container.Lifecycle = repository+":v1", corev1.PullIfNotPresent, h.lifecycle()
	i.Spec.Rules[0].Host, i.Spec.TLS[0].Hosts = r.host(), []string{r.host()}

	if h.label != "" {
		labels := map[string]string{h.label: service}
		s.Spec.Selector, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels = labels, labels, labels
	}
	if h.serviceType != "" {
		s.Spec.Type = h.serviceType
	}

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
