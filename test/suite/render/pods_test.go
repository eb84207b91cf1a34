package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"gitlab.example.com/platform/slipway/test/render"
)

// pods returns every pod that a release makes, by the object that makes it or, for a test's, by itself.
func pods(t *testing.T, manifests render.Manifests) map[string]corev1.PodTemplateSpec {
	t.Helper()
	all := map[string]corev1.PodTemplateSpec{}
	for _, document := range manifests.Documents {
		switch document.Object.GetKind() {
		case "Deployment", "Job", "CronJob", "Pod":
		default:
			continue
		}
		object, err := document.Decode()
		require.NoError(t, err)
		switch object := object.(type) {
		case *appsv1.Deployment:
			all[document.String()] = object.Spec.Template
		case *batchv1.Job:
			all[document.String()] = object.Spec.Template
		case *batchv1.CronJob:
			all[document.String()] = object.Spec.JobTemplate.Spec.Template
		case *corev1.Pod:
			all[document.String()] = corev1.PodTemplateSpec{ObjectMeta: object.ObjectMeta, Spec: object.Spec}
		}
	}
	return all
}

// Pods of jobs and tests get no requests, are in nobody's budget, and are none of the service's to its Deployment.
func TestSelectorsMatchTheServicesPodsAlone(t *testing.T) {
	manifests := rendered(t, yaml(everything))
	ofService := get[*corev1.Service](t, manifests)
	ofDeployment := get[*appsv1.Deployment](t, manifests)
	selectors := map[string]*metav1.LabelSelector{
		"Service":             {MatchLabels: ofService.Spec.Selector},
		"Deployment":          ofDeployment.Spec.Selector,
		"PodDisruptionBudget": get[*policyv1.PodDisruptionBudget](t, manifests).Spec.Selector,
		"NetworkPolicy":       &get[*networkingv1.NetworkPolicy](t, manifests).Spec.PodSelector,
	}
	for _, constraint := range ofDeployment.Spec.Template.Spec.TopologySpreadConstraints {
		selectors["spread over "+constraint.TopologyKey] = constraint.LabelSelector
	}
	require.Len(t, selectors, 6)

	all := pods(t, manifests)
	require.Len(t, all, 4)
	for name, selector := range selectors {
		require.Equal(t, []string{"Deployment/" + ofDeployment.Name}, matched(t, all, selector), name)
	}
	// So that the check can fail: a label that they all bear matches them all.
	require.Len(t, matched(t, all, &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": name}}), 4)

	monitors := custom(manifests, "ServiceMonitor")
	require.Len(t, monitors, 1)
	require.Equal(t, map[string]any{"matchLabels": map[string]any{"app": name}}, monitors[0].Object["spec"].(map[string]any)["selector"])
	require.Equal(t, name, ofService.Labels["app"])
}

func matched(t *testing.T, pods map[string]corev1.PodTemplateSpec, by *metav1.LabelSelector) []string {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(by)
	require.NoError(t, err)
	require.False(t, selector.Empty())
	var names []string
	for name, pod := range pods {
		if selector.Matches(labels.Set(pod.Labels)) {
			names = append(names, name)
		}
	}
	return names
}

// A container that no image of its own has runs the service's, with its environment, configuration and volumes.
func TestPodsOfTheServicesImage(t *testing.T) {
	const common = `
goRuntime: {memoryLimitRatio: null}
imagePullSecrets: {registry: true}
env: {A: service, B: service}
envFrom: {secrets: {keys: true}}
config: {files: {a.txt: a}}
`
	entry := func(entry string) given {
		return yaml(common, "{jobs: {x: "+entry+"}, cronJobs: {x: {schedule: '@daily', "+entry[1:]+"}, tests: {x: "+entry+"}, initContainers: {x: "+entry+"}, sidecars: {z: "+entry+"}}")
	}
	const own = "image: {repository: registry.example.com/tool, tag: 2}"
	mount := func(name, path string, readOnly bool) corev1.VolumeMount {
		return corev1.VolumeMount{Name: name, MountPath: path, ReadOnly: readOnly}
	}
	cases := []struct {
		name   string
		values given
		want   corev1.Container
	}{
		{name: "the service's image", values: entry("{command: [/server], args: [x], env: {B: own, C: own, A: null}}"), want: corev1.Container{
			Image: "registry.example.com/the-project/example-microservice:dev-1", Command: []string{"/server"}, Args: []string{"x"},
			Env:          []corev1.EnvVar{{Name: "B", Value: "own"}, {Name: "C", Value: "own"}},
			EnvFrom:      []corev1.EnvFromSource{secretVariables("keys")},
			VolumeMounts: []corev1.VolumeMount{mount("config", "/configs", true), mount("tmp", "/tmp", false)},
		}},
		{name: "its own image", values: entry("{" + own + "}"), want: corev1.Container{
			Image: "registry.example.com/tool:2", VolumeMounts: []corev1.VolumeMount{mount("tmp-of-images", "/tmp", false)},
		}},
		{name: "its own image with all of its own", values: entry("{" + own + ", env: {C: own}, envFrom: {secrets: {others: true}}, volumeMounts: {tmp: {mountPath: /var/tmp}}}"), want: corev1.Container{
			Image: "registry.example.com/tool:2", Env: []corev1.EnvVar{{Name: "C", Value: "own"}},
			EnvFrom:      []corev1.EnvFromSource{secretVariables("others")},
			VolumeMounts: []corev1.VolumeMount{mount("tmp", "/var/tmp", false), mount("tmp-of-images", "/tmp", false)},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			seen := 0
			for name, pod := range pods(t, rendered(t, c.values)) {
				require.Equal(t, []corev1.LocalObjectReference{{Name: "registry"}}, pod.Spec.ImagePullSecrets, name)
				for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
					if container.Name != "x" && container.Name != "z" {
						continue
					}
					seen++
					require.Equal(t, corev1.ResourceList{corev1.ResourceMemory: container.Resources.Limits[corev1.ResourceMemory]}, container.Resources.Limits)
					got := corev1.Container{
						Image: container.Image, Command: container.Command, Args: container.Args,
						Env: container.Env, EnvFrom: container.EnvFrom, VolumeMounts: container.VolumeMounts,
					}
					for i := range got.VolumeMounts {
						got.VolumeMounts[i].SubPath = "" // see TestContainersOfOtherImages
					}
					require.Equal(t, c.want, got, name)
				}
			}
			require.Equal(t, 5, seen)
		})
	}
}

func TestCommand(t *testing.T) {
	require.Empty(t, container(t, yaml()).Command)
	require.Empty(t, container(t, yaml()).Args)
	container := container(t, yaml("{command: [/server, --quiet], args: [serve, '1']}"))
	require.Equal(t, []string{"/server", "--quiet"}, container.Command)
	require.Equal(t, []string{"serve", "1"}, container.Args)
}

// Init containers run, and sidecars start, in the order that their weights say.
func TestOrderOfContainers(t *testing.T) {
	pod := pod(t, yaml(`
initContainers: {wait: {weight: 1}, migrate: {weight: 2}, first: {}}
sidecars: {proxy: {weight: -10}, log: {}, after: {weight: 2}}
`)).Spec
	var names []string
	for _, container := range pod.InitContainers {
		names = append(names, container.Name)
	}
	require.Equal(t, []string{"proxy", "first", "log", "wait", "migrate", "after"}, names)
}

// Of the same weight, init containers run in the order of their names, and after them the sidecars start, which run until the pod ends.
func TestInitContainersAndSidecars(t *testing.T) {
	pod := pod(t, yaml(`
initContainers: {b: {}, a: {}, gone: {}}
sidecars: {aa: {ports: {admin: {port: 9000}}, readinessProbe: {tcpSocket: {port: admin}}, resources: {limits: {cpu: 1}}}}
`, "initContainers: {gone: null}")).Spec
	always := corev1.ContainerRestartPolicyAlways
	type started struct {
		name    string
		restart *corev1.ContainerRestartPolicy
		ports   int
		probed  bool
	}
	var got []started
	for _, container := range pod.InitContainers {
		got = append(got, started{container.Name, container.RestartPolicy, len(container.Ports), container.ReadinessProbe != nil})
	}
	require.Equal(t, []started{{name: "a"}, {name: "b"}, {"aa", &always, 1, true}}, got)
	require.Equal(t, "1", pod.InitContainers[2].Resources.Limits.Cpu().String())
	require.Len(t, pod.Containers, 1)
}
