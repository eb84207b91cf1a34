package takeover

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// deploymentOf returns one that selects its pods by their labels.
func deploymentOf(name string, labels map[string]string, containers ...corev1.Container) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: containers}},
		},
	}
}

func serviceOf(selector map[string]string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "api", Namespace: "shop"}, Spec: corev1.ServiceSpec{Selector: selector}}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	app, byName := map[string]string{"app": "api"}, map[string]string{"name": "api"}
	preStop := &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{}}
	declared, undeclared := corev1.Container{Ports: []corev1.ContainerPort{{ContainerPort: 80}}}, corev1.Container{}
	waits := corev1.Container{Lifecycle: preStop}
	for name, c := range map[string]struct {
		was      *appsv1.Deployment
		behind   map[string]string // a Service's selector
		recreate bool
		same     bool // pods
		want     way
		why      string
		labels   map[string]string
	}{
		"the same pods":                  {was: deploymentOf("api", app, declared), behind: app, same: true, want: stay},
		"a preStop":                      {was: deploymentOf("api", app, waits), behind: app, want: roll},
		"no preStop":                     {was: deploymentOf("api", app, declared), behind: app, want: leave, why: "they have no preStop"},
		"a sidecar without":              {was: deploymentOf("api", app, waits, undeclared), behind: app, want: leave, why: "they have no preStop"},
		"no declared port":               {was: deploymentOf("api", app, undeclared), behind: app, want: leave, why: "they have no preStop"},
		"no declared port nor a Service": {was: deploymentOf("api", app, undeclared), behind: byName, want: roll},
		"another selector": {
			was: deploymentOf("api", byName, waits), behind: byName, want: leave,
			why: "its selector (name=api) can never change, and the chart's is app=api", labels: app,
		},
		"another selector and no Service": {was: deploymentOf("api", byName, waits), want: leave, why: "its selector"},
		"another name":                    {was: deploymentOf("api-v1", app, waits), behind: app, want: leave, why: "the chart's is called api"},
		"Recreate":                        {was: deploymentOf("api", app, declared), behind: app, recreate: true, want: roll},
		"Recreate and another selector":   {was: deploymentOf("api", byName, declared), behind: byName, recreate: true, want: stop, why: "its selector", labels: app},
		"Recreate and the same pods":      {was: deploymentOf("api", app, declared), behind: app, recreate: true, same: true, want: stay},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &deployment{was: c.was, will: deploymentOf("api", app)}
			if c.recreate {
				d.was.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
			}
			var live []corev1.Service
			var changing []*service
			if c.behind != nil {
				live, changing = []corev1.Service{*serviceOf(c.behind)}, []*service{{was: serviceOf(c.behind), selector: app}}
			}
			if c.labels == nil {
				c.labels = map[string]string{}
			}
			d.decide(live, changing, !c.same)
			require.Equal(t, c.want, d.way)
			require.Contains(t, d.why, c.why)
			require.Equal(t, c.labels, d.labels)
		})
	}
}

// A selector that finds a label's new value alone needs all pods to bear it, whatever the Deployment's own is.
func TestDecideByTheService(t *testing.T) {
	t.Parallel()
	was, will := deploymentOf("api", map[string]string{"app": "api"}), deploymentOf("api", map[string]string{"app": "api"})
	d := &deployment{was: was, will: will}
	d.decide(nil, []*service{{was: serviceOf(map[string]string{"app": "api"}), selector: map[string]string{"app": "api", "tier": "web"}}}, true)
	require.Equal(t, leave, d.way)
	require.Equal(t, map[string]string{"tier": "web"}, d.labels)
	require.Contains(t, d.why, "the chart's Service selects by tier=web")
}
