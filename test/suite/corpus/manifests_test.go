//go:build manifests

package corpus

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"

	"gitlab.example.com/platform/slipway/test/render"
)

// go test -tags manifests ./test/suite/corpus -run Manifests
//
// manifestsVariable names a folder of <project>/*.yaml, as the projects publish them: README.md says where each is from.
const manifestsVariable = "SLIPWAY_MANIFESTS"

// original is what a project publishes of one service.
type original struct {
	deployment *appsv1.Deployment
	service    *corev1.Service
	configMaps map[string]*corev1.ConfigMap // of the whole project
}

// What a project writes of a service, the chart renders: every field but names, and the labels that go with them.
func TestManifests(t *testing.T) {
	folder := os.Getenv(manifestsVariable)
	require.NotEmpty(t, folder, "%s names no folder of manifests", manifestsVariable)
	chart, err := render.Load(chartDir)
	require.NoError(t, err)
	whole, all := 0, services(t)
	for _, s := range all {
		published := read(t, filepath.Join(folder, s.Project), s.Name)
		values, err := render.Layers{Files: []string{s.Shared, s.Own}}.Merge()
		require.NoError(t, err)
		made, err := render.Render(t.Context(), chart, render.Release{Name: s.Name, Namespace: s.Project}, values)
		require.NoError(t, err)
		missing := published.missing(t, made, s.Name)
		for _, field := range missing {
			t.Logf("%s/%s: %s", s.Project, s.Name, field)
		}
		if len(missing) == 0 {
			whole++
		}
	}
	t.Logf("%d of %d have every field", whole, len(all))
	require.GreaterOrEqual(t, whole*100, len(all)*95)
}

// read finds what is published of a service: the Deployment of its name, with or without a version, and its Service.
func read(t *testing.T, folder, name string) original {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files, folder)
	published := original{configMaps: map[string]*corev1.ConfigMap{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, document := range strings.Split("\n"+string(text), "\n---") {
			object, _, err := scheme.Codecs.UniversalDeserializer().Decode([]byte(document), nil, nil)
			if err != nil {
				continue // Kinds that are none of Kubernetes, and what holds only comments.
			}
			switch object := object.(type) {
			case *appsv1.Deployment:
				if object.Name == name || object.Name == name+"-v1" {
					published.deployment = object
				}
			case *corev1.Service:
				if object.Name == name {
					published.service = object
				}
			case *corev1.ConfigMap:
				published.configMaps[object.Name] = object
			}
		}
	}
	require.NotNil(t, published.deployment, "%s has no Deployment %s", folder, name)
	return published
}

// missing names the fields that are published and not rendered, or not as they are published.
func (o original) missing(t *testing.T, made render.Manifests, name string) []string {
	t.Helper()
	deployment, err := render.Get[*appsv1.Deployment](made, name)
	require.NoError(t, err)
	want, got := o.deployment.Spec.Template, deployment.Spec.Template
	ours := map[string]string{want.Spec.Containers[0].Name: name}
	found := diff{}
	found.fields("spec", o.plain(o.deployment.Spec), o.plain(deployment.Spec), "selector", "template")
	labels := want.Labels
	for label, value := range o.deployment.Spec.Selector.MatchLabels {
		// By these the project finds pods, as the chart does by app.
		if value == name || label == "app" {
			delete(labels, label)
		}
	}
	found.fields("labels", o.plain(labels), o.plain(got.Labels))
	found.fields("annotations", o.plain(want.Annotations), o.plain(got.Annotations))
	// A Deployment's pods have no other restartPolicy than Always.
	found.fields("pod", o.plain(want.Spec), o.plain(got.Spec), "containers", "initContainers", "volumes", "restartPolicy")
	containers := slices.Concat(got.Spec.Containers, got.Spec.InitContainers)
	for _, container := range slices.Concat(want.Spec.Containers, want.Spec.InitContainers) {
		as := container.Name
		if mine, ok := ours[as]; ok {
			as = mine
		}
		at := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == as })
		if at < 0 {
			found = append(found, "container "+container.Name)
			continue
		}
		o.container(&found, container, effective(containers[at], got.Spec.SecurityContext), want.Spec.Volumes, got.Spec.Volumes)
	}
	if o.service != nil {
		service, err := render.Get[*corev1.Service](made, name)
		require.NoError(t, err)
		o.ofService(&found, service, got.Spec.Containers[0])
	}
	return found
}

func (o original) container(found *diff, want, got corev1.Container, wantVolumes, gotVolumes []corev1.Volume) {
	prefix := "container " + want.Name
	if !strings.Contains(want.Image, ":") {
		want.Image += ":latest"
	}
	if want.SecurityContext != nil && want.SecurityContext.Capabilities != nil {
		drop := want.SecurityContext.Capabilities.Drop
		for i := range drop {
			drop[i] = corev1.Capability(strings.ToUpper(string(drop[i])))
		}
	}
	for _, probe := range []*corev1.Probe{want.StartupProbe, want.ReadinessProbe, want.LivenessProbe, got.StartupProbe, got.ReadinessProbe, got.LivenessProbe} {
		number(probe, got.Ports)
	}
	found.fields(prefix, o.plain(want), o.plain(got), "name", "env", "envFrom", "ports", "volumeMounts")
	env := map[string]any{}
	for _, variable := range got.Env {
		env[variable.Name] = o.plain(variable)
	}
	variables := want.Env
	for _, source := range want.EnvFrom {
		// What only this service has of a ConfigMap, it has as variables.
		if source.ConfigMapRef != nil && !slices.ContainsFunc(got.EnvFrom, func(s corev1.EnvFromSource) bool {
			return s.ConfigMapRef != nil && s.ConfigMapRef.Name == source.ConfigMapRef.Name
		}) && o.configMaps[source.ConfigMapRef.Name] != nil {
			for key, value := range o.configMaps[source.ConfigMapRef.Name].Data {
				variables = append(variables, corev1.EnvVar{Name: key, Value: value})
			}
			continue
		}
		if !slices.ContainsFunc(got.EnvFrom, func(s corev1.EnvFromSource) bool { return fmt.Sprint(o.plain(s)) == fmt.Sprint(o.plain(source)) }) {
			*found = append(*found, fmt.Sprintf("%s: envFrom %v", prefix, o.plain(source)))
		}
	}
	for _, variable := range variables {
		found.fields(prefix+" env", map[string]any{variable.Name: o.plain(variable)}, env)
	}
	for _, port := range want.Ports {
		// The sidecar's port is declared where the Service finds it: a pod's containers share its address.
		if !slices.ContainsFunc(got.Ports, func(p corev1.ContainerPort) bool { return p.ContainerPort == port.ContainerPort }) && want.Name != "rabbitmq-exporter" {
			*found = append(*found, fmt.Sprintf("%s: port %d", prefix, port.ContainerPort))
		}
	}
	for _, mount := range want.VolumeMounts {
		at := slices.IndexFunc(got.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == mount.MountPath })
		if at < 0 {
			*found = append(*found, fmt.Sprintf("%s: mount %s", prefix, mount.MountPath))
			continue
		}
		found.fields(prefix+" mount "+mount.MountPath, o.plain(mount), o.plain(got.VolumeMounts[at]), "name")
		source := func(volumes []corev1.Volume, name string) any {
			for _, volume := range volumes {
				if volume.Name == name {
					return o.plain(volume)
				}
			}
			return nil
		}
		// The chart's own ConfigMap has every file as its key says.
		ignored := []string{"name"}
		if mount.Name == "config" {
			ignored = append(ignored, "configMap")
		}
		found.fields(prefix+" volume "+mount.Name, source(wantVolumes, mount.Name), source(gotVolumes, got.VolumeMounts[at].Name), ignored...)
	}
}

func (o original) ofService(found *diff, got *corev1.Service, container corev1.Container) {
	want := o.service
	found.fields("Service", o.plain(want.Spec), o.plain(got.Spec), "selector", "ports")
	found.fields("Service annotations", o.plain(want.Annotations), o.plain(got.Annotations))
	target := func(port corev1.ServicePort) int32 {
		if port.TargetPort.IntVal != 0 {
			return port.TargetPort.IntVal
		}
		for _, p := range container.Ports {
			if p.Name == port.TargetPort.StrVal {
				return p.ContainerPort
			}
		}
		return port.Port
	}
	for _, port := range want.Spec.Ports {
		if !slices.ContainsFunc(got.Spec.Ports, func(p corev1.ServicePort) bool {
			return p.Port == port.Port && target(p) == target(port) && (port.NodePort == 0 || p.NodePort == port.NodePort)
		}) {
			*found = append(*found, fmt.Sprintf("Service: port %d to %d", port.Port, target(port)))
		}
	}
}

// effective is a container with what it has of its pod.
func effective(container corev1.Container, pod *corev1.PodSecurityContext) corev1.Container {
	own := container.SecurityContext.DeepCopy()
	if own.RunAsUser == nil {
		own.RunAsUser = pod.RunAsUser
	}
	if own.RunAsNonRoot == nil {
		own.RunAsNonRoot = pod.RunAsNonRoot
	}
	container.SecurityContext = own
	return container
}

// number gives the port of a probe as a number.
func number(probe *corev1.Probe, ports []corev1.ContainerPort) {
	if probe == nil {
		return
	}
	var port *intstr.IntOrString
	switch {
	case probe.HTTPGet != nil:
		port = &probe.HTTPGet.Port
	case probe.TCPSocket != nil:
		port = &probe.TCPSocket.Port
	default:
		return
	}
	for _, p := range ports {
		if p.Name == port.StrVal && port.Type == intstr.String {
			*port = intstr.FromInt32(p.ContainerPort)
		}
	}
}

// plain is a value as it is written.
func (o original) plain(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	return plain
}

// diff are fields that are missing.
type diff []string

// fields adds those of one value that another has not, or has otherwise.
func (d *diff) fields(at string, want, got any, ignored ...string) {
	switch want := want.(type) {
	case nil:
		return
	case map[string]any:
		inner, _ := got.(map[string]any)
		for key, value := range want {
			// What is false or null by default is not written by the chart.
			if slices.Contains(ignored, key) || value == false && inner[key] == nil {
				continue
			}
			d.fields(at+"."+key, value, inner[key])
		}
		return
	case string:
		if text, ok := got.(string); ok && text != want {
			a, errA := resource.ParseQuantity(text)
			b, errB := resource.ParseQuantity(want)
			if errA == nil && errB == nil && a.Cmp(b) == 0 {
				return
			}
		}
	case []any:
		other, _ := got.([]any)
		for _, item := range want {
			if !slices.ContainsFunc(other, func(o any) bool { return fmt.Sprint(o) == fmt.Sprint(item) }) {
				*d = append(*d, fmt.Sprintf("%s: %v is not in %v", at, item, got))
			}
		}
		return
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		*d = append(*d, fmt.Sprintf("%s: is %v and not %v", at, got, want))
	}
}
