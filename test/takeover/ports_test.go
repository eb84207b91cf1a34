package takeover

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(ports ...corev1.ContainerPort) corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{Ports: ports}}}
}

func TestBothPorts(t *testing.T) {
	t.Parallel()
	number, named := intstr.FromInt32, intstr.FromString
	tcp, http := corev1.ContainerPort{Name: "tcp", ContainerPort: 8080}, corev1.ContainerPort{Name: "http", ContainerPort: 8080}
	chart := []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: named("http")}}
	for name, c := range map[string]struct {
		old, new         []corev1.ServicePort
		oldPods, newPods corev1.PodSpec
		want             []corev1.ServicePort
		fails            string
	}{
		"a number that both listen on": {
			old: []corev1.ServicePort{{Port: 80, TargetPort: number(8080)}}, new: chart, oldPods: pod(tcp), newPods: pod(http),
			want: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: number(8080)}},
		},
		"a name that both have": {
			old: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: number(9000)}}, new: chart,
			oldPods: pod(corev1.ContainerPort{Name: "http", ContainerPort: 9000}), newPods: pod(http),
			want: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: named("http")}},
		},
		"the old name, which the new pods have": {
			old: []corev1.ServicePort{{Port: 80, TargetPort: named("tcp")}}, new: chart, oldPods: pod(corev1.ContainerPort{Name: "tcp", ContainerPort: 9000}),
			newPods: pod(http, tcp),
			want:    []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: named("tcp")}},
		},
		"another number inside": {
			old: []corev1.ServicePort{{Port: 80, TargetPort: number(9000)}}, new: chart, oldPods: pod(), newPods: pod(http),
			fails: "port 80 leads to 9000 in the pods that run, and to 8080 in the chart's: it can lead to both at once only if the numbers are the same (ports.http.containerPort: 9000)",
		},
		"a name that leads nowhere": {
			old: []corev1.ServicePort{{Port: 80, TargetPort: named("none")}}, new: chart, oldPods: pod(tcp), newPods: pod(http), want: chart,
		},
		"an old name stays for old Ingresses": {
			old: []corev1.ServicePort{{Name: "web", Port: 80, TargetPort: number(8080)}, {Name: "more", Port: 81, TargetPort: number(8081)}},
			new: chart, oldPods: pod(tcp), newPods: pod(http),
			want: []corev1.ServicePort{
				{Name: "http", Port: 80, TargetPort: number(8080)},
				{Name: "web", Port: 82, TargetPort: number(8080)},
				{Name: "more", Port: 81, TargetPort: number(8081)},
			},
		},
		"an old number stays for old callers": {
			old: []corev1.ServicePort{{Name: "http", Port: 8080, TargetPort: number(8080)}}, new: chart, oldPods: pod(tcp), newPods: pod(http),
			want: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: named("http")}, {Name: "old-8080", Port: 8080, TargetPort: number(8080)}},
		},
		"another protocol is another port": {
			old: []corev1.ServicePort{{Name: "dns", Port: 80, Protocol: corev1.ProtocolUDP, TargetPort: number(53)}}, new: chart, oldPods: pod(), newPods: pod(http),
			want: []corev1.ServicePort{chart[0], {Name: "dns", Port: 80, Protocol: corev1.ProtocolUDP, TargetPort: number(53)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := bothPorts(c.old, c.new, c.oldPods, c.newPods)
			if c.fails != "" {
				require.EqualError(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
