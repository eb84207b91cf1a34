//go:build e2e

package kind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/suite/kind/load/report"
)

// longDelay is how long the answers to the load's long requests take.
const longDelay = 3 * time.Second

// load is a pod that asks a release at a fixed rate: see ./load.
type load struct {
	t    *testing.T
	pod  string
	logs []phase
}

// phase is what happened while the load was on, and what became of the requests meanwhile.
type phase struct {
	name string
	report.Phase
}

// startLoad starts the load on a release and returns when all of it is answered rightly.
func startLoad(t *testing.T, r release) *load {
	t.Helper()
	l := &load{t: t, pod: r.name}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: loadNamespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	if _, err := admin.client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
	eventually(t, "the namespace can have pods", func(ctx context.Context) error {
		_, err := admin.client.CoreV1().ServiceAccounts(loadNamespace).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	_, err := admin.client.CoreV1().Pods(loadNamespace).Create(t.Context(), l.manifest(r), metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := admin.client.CoreV1().Pods(loadNamespace).Delete(ctx, l.pod, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)}); err != nil {
			t.Log(err)
		}
	})
	eventually(t, "the load generator answers", func(ctx context.Context) error { return l.ask(ctx, "GET", "healthz", "", nil) })

	// Not before every way to the service is open is a failure one that counts.
	for n := 0; ; n++ {
		name := fmt.Sprintf("start %d", n)
		l.begin(name)
		l.hold(2 * time.Second)
		l.begin("")
		if result := l.report(name); len(result.Failures()) == 0 {
			return l
		} else {
			require.Less(t, n, 30, "the service is not answered rightly: %v", result.Failures()[0])
		}
	}
}

func (l *load) manifest(r release) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: l.pod, Labels: map[string]string{"app": "load"}},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken:  ptr.To(false),
			EnableServiceLinks:            ptr.To(false),
			TerminationGracePeriodSeconds: ptr.To[int64](0),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: ptr.To(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: "load", Image: loadImage, ImagePullPolicy: corev1.PullNever,
				Args: []string{
					"-ingress", "https://" + r.host() + basePath, "-ingress-address", "$(HOST_IP):443",
					"-service", "http://" + service + "." + r.name + ".svc:8080" + basePath,
					"-delay", longDelay.String(),
				},
				Env: []corev1.EnvVar{
					{Name: "HOST_IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.hostIP"}}},
					{Name: "CA", Value: string(r.ingress.Certificate)},
				},
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi"),
				}},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: ptr.To(false), ReadOnlyRootFilesystem: ptr.To(true),
					Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

// during holds the load on while something is done, and a moment longer; it returns what became of the requests.
func (l *load) during(name string, do func()) report.Phase {
	l.t.Helper()
	l.begin(name)
	do()
	// What it has begun goes on for a while: a pod that is told to end sleeps, then answers the requests that it has.
	l.hold(20 * time.Second)
	l.begin("")
	result := l.report(name)
	l.logs = append(l.logs, phase{name: name, Phase: result})
	l.t.Logf("%s: %d requests, %d failed", name, result.Requests(), len(result.Failures()))
	return result
}

// hold keeps the load on for a while: how long is what is measured, not a wait for something to happen.
func (l *load) hold(d time.Duration) {
	l.t.Helper()
	select {
	case <-time.After(d):
	case <-l.t.Context().Done():
	}
}

// begin begins a phase, once the load generator is reached: the API server may be down.
func (l *load) begin(name string) {
	l.t.Helper()
	eventually(l.t, "begin a phase", func(ctx context.Context) error { return l.ask(ctx, "POST", "phase", name, nil) })
}

// report returns what became of a phase's requests.
func (l *load) report(name string) report.Phase {
	l.t.Helper()
	var result report.Phase
	eventually(l.t, "report of a phase", func(ctx context.Context) error { return l.ask(ctx, "GET", "report", name, &result) })
	return result
}

// ask asks the load generator, through the API server.
func (l *load) ask(ctx context.Context, verb, path, name string, result any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	body, err := admin.client.CoreV1().RESTClient().Verb(verb).Namespace(loadNamespace).Resource("pods").Name("http:"+l.pod+":8080").
		SubResource("proxy").Suffix(path).Param("name", name).DoRaw(ctx)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(body, result)
}

// table prints what became of the requests of each phase so far, and of all of them.
func (l *load) table() {
	l.t.Helper()
	var all []report.Phase
	rows := []string{
		"| While | Requests | Failed | p50 | p90 | p99 | p99.9 | longest |",
		"|---|---:|---:|---:|---:|---:|---:|---:|",
	}
	for _, p := range l.logs {
		rows = append(rows, row(p.name, p.Phase.Only("short"), p.Phase))
		all = append(all, p.Phase)
	}
	together := report.Join(all...)
	rows = append(rows, row("all of it", together.Only("short"), together))
	for _, target := range []string{"Ingress", "Service"} {
		for _, connection := range []string{"kept connections", "new connections"} {
			part := together.Only(target, connection)
			rows = append(rows, row(target+", "+connection, part.Only("short"), part))
		}
	}
	for _, method := range []string{"GET", "POST"} {
		part := together.Only(method, "long")
		rows = append(rows, row(fmt.Sprintf("%s that takes %s", method, longDelay), part, part))
	}
	l.t.Logf("percentiles are of short requests, in milliseconds:\n%s", strings.Join(rows, "\n"))
}

// row is a line of the table: how long the timed requests took, and how many there were and failed in all.
func row(name string, timed, all report.Phase) string {
	line := fmt.Sprintf("| %s | %d | %d |", name, all.Requests(), len(all.Failures()))
	for _, took := range timed.Percentiles(50, 90, 99, 99.9, 100) {
		line += fmt.Sprintf(" %.1f |", float64(took.Microseconds())/1000)
	}
	return line
}

// noFailures fails the test, with what went wrong first, if a request failed.
func noFailures(t *testing.T, name string, p report.Phase) {
	t.Helper()
	failures := p.Failures()
	for _, f := range failures[:min(10, len(failures))] {
		t.Logf("%s: +%s, after %s: %s", name, f.Due.Sub(p.Began).Round(time.Millisecond), f.Took.Round(time.Millisecond), f.Error)
	}
	if len(failures) > 0 {
		t.Error(errors.New(name + ": " + fmt.Sprint(len(failures)) + " of " + fmt.Sprint(p.Requests()) + " requests failed"))
	}
}
