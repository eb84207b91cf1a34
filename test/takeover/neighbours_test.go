package takeover

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestRefuse(t *testing.T) {
	t.Parallel()
	app, byName := map[string]string{"app": "api"}, map[string]string{"name": "api"}
	v2 := deploymentOf("api-v2", map[string]string{"name": "api", "version": "v2"})
	outside := serviceOf(byName)
	outside.Name = "outside"
	of := func(kind, name string, selector map[string]string) corev1.Pod {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", Labels: selector}}
		if kind != "" {
			p.OwnerReferences = []metav1.OwnerReference{{Kind: kind, Name: name, UID: "set", Controller: ptr.To(true)}}
		}
		return p
	}
	set := appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "api-1", UID: "set", OwnerReferences: of("Deployment", "api", nil).OwnerReferences}}
	taken := &deployment{was: deploymentOf("api", byName), will: deploymentOf("api", app), way: leave}
	for name, c := range map[string]struct {
		around neighbours
		want   string
	}{
		"alone":              {neighbours{}, ""},
		"its own pods":       {neighbours{pods: []corev1.Pod{of("ReplicaSet", "api-1", byName)}, replicaSets: []appsv1.ReplicaSet{set}}, ""},
		"pods that are over": {neighbours{pods: []corev1.Pod{{ObjectMeta: of("Job", "job", byName).ObjectMeta, Status: corev1.PodStatus{Phase: corev1.PodSucceeded}}}}, ""},
		"another Deployment": {neighbours{deployments: []appsv1.Deployment{*v2}}, "to the pods of several Deployments (Deployment/api, Deployment/api-v2)"},
		"another kind":       {neighbours{pods: []corev1.Pod{of("StatefulSet", "db", byName)}}, "to pods of StatefulSet/db, and the chart renders a Deployment"},
		"nothing's pod":      {neighbours{pods: []corev1.Pod{of("", "", app)}}, "to pods of Pod/pod"},
		"a Service of others": {
			neighbours{services: []corev1.Service{*outside}},
			"Service/outside, which the chart does not render, leads to the pods of Deployment/api by name=api, and to none of the chart's: render it in the chart with the selector app=api",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.around.services = append(c.around.services, *serviceOf(byName))
			c.around.deployments = append(c.around.deployments, *taken.was)
			err := c.around.refuse([]*deployment{taken}, []*corev1.Service{serviceOf(app)})
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
