package takeover

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// After a takeover what is live is what a fresh install makes: nothing of the manifests is left, kubectl's notes included. Service
// and address are those that were there, and there is no moment in which fewer pods serve.
func TestTakenOverIsAFreshInstall(t *testing.T) {
	t.Parallel()
	for about, c := range map[string]struct {
		way     string
		changes []string
		sameUID bool // of the Deployment
	}{
		"kubectl create":    {"create", nil, false},
		"kubectl apply":     {"apply", nil, false},
		"pods with preStop": {"apply", withPreStop, true},
		"names of ports": {"apply", append(withPreStop,
			"- protocol: \"TCP\"", "- name: web\n      protocol: TCP", "number: 8080", "name: web"), true},
		"another label":                  {"apply", recommended, false},
		"two labels":                     {"apply", twoLabels, false},
		"two labels and with preStop":    {"apply", append(twoLabels, withPreStop...), false},
		"another name":                   {"apply", renamed, false},
		"another name and two labels":    {"apply", versioned, false},
		"no declared port":               {"apply", undeclared, false},
		"no declared port and a preStop": {"apply", append(undeclared, withPreStop...), true},
	} {
		t.Run(about, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p)
				s.way = c.way
				s.applyByHand(c.changes...)
				before := s.settled()
				served := s.neverFewer()
				output, err := s.takeover(deploy("dev-1"))
				require.NoError(t, err)
				served()
				require.Contains(t, output.Stderr, "takeover: taken over")

				after := s.settled()
				require.Empty(t, cmp.Diff(freshInstall(t, p), withNamespace(t, after.written(), s.namespace)))

				for _, kind := range []string{"Service", "ConfigMap", "Ingress"} {
					require.Equal(t, before.uids(kind), after.uids(kind), kind)
				}
				require.Equal(t, c.sameUID, slices.Equal(before.uids("Deployment"), after.uids("Deployment")))
				require.Equal(t, get[corev1.Service](before).Spec.ClusterIP, get[corev1.Service](after).Spec.ClusterIP)
				require.Equal(t, map[string]string{"app": name}, get[appsv1.Deployment](after).Spec.Selector.MatchLabels)
				require.Len(t, after.uids("Pod"), 2)
				require.Len(t, after.uids("EndpointSlice"), 1)

				s.requireNothingToTake()
				s.requireUpgrades()
			})
		})
	}
}

var fresh = struct {
	sync.Mutex
	written map[*helmcli.Program]map[string]any
}{written: map[*helmcli.Program]map[string]any{}}

// freshInstall returns what is written by an install with a Helm where nothing was, which is made once.
func freshInstall(t *testing.T, p *helmcli.Program) map[string]any {
	t.Helper()
	fresh.Lock()
	defer fresh.Unlock()
	if fresh.written[p] == nil {
		s := newService(t, p)
		command := deploy("dev-1", "--wait")
		s.Must(command[0], command[1:]...)
		fresh.written[p] = withNamespace(t, s.settled().written(), s.namespace)
	}
	return fresh.written[p]
}

// requireNothingToTake proves that a second run changes nothing.
func (s service) requireNothingToTake(args ...string) {
	s.T.Helper()
	before, history := s.settled(), s.history()
	require.Len(s.T, history, 3)
	require.Equal(s.T, []string{"superseded", "superseded", "deployed"}, []string{history[0].Status, history[1].Status, history[2].Status})
	require.True(s.T, strings.HasPrefix(history[2].Chart, "microservice-"), history)
	output, err := s.takeover(deploy("dev-2", args...))
	require.NoError(s.T, err)
	require.Contains(s.T, output.Stdout, "there is nothing to take over")
	require.Empty(s.T, cmp.Diff(before.unmoved(), s.everything().unmoved()))
	require.Equal(s.T, history, s.history())
}

// requireUpgrades proves that the release is one like any other: both Helms upgrade it, and one goes back.
func (s service) requireUpgrades() {
	s.T.Helper()
	taken := s.settled().written()
	for _, p := range []*helmcli.Program{s.Program, s.Program.Other()} {
		w := s.Terminal
		w.Program = p
		command := deploy("dev-2", "--wait")
		w.Must(command[0], command[1:]...)
		require.Equal(s.T, "registry.example.com/the-project/"+name+":dev-2", get[appsv1.Deployment](s.everything()).Spec.Template.Spec.Containers[0].Image)
	}
	s.Must("helm", "rollback", name, "3", "--wait")
	require.Empty(s.T, cmp.Diff(contents(taken), contents(s.settled().written())))
}

// contents leaves field managers out: two Helms write in different ways.
func contents(written map[string]any) map[string]any {
	for _, object := range written {
		delete(object.(map[string]any), "managers")
	}
	return written
}

// withNamespace returns what is written with the same word for each namespace.
func withNamespace(t *testing.T, written map[string]any, namespace string) (same map[string]any) {
	t.Helper()
	text, err := json.Marshal(written)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(string(text), namespace, "NAMESPACE")), &same))
	return same
}

// get returns the object named after the service of a type.
func get[T appsv1.Deployment | corev1.Service](o objects) *T {
	into := new(T)
	kind := "Service"
	if _, ok := any(into).(*appsv1.Deployment); ok {
		kind = "Deployment"
	}
	text, err := o[kind+"/"+name].MarshalJSON()
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		panic(err)
	}
	return into
}

// Why there is a command for it: Helm's own adoption leaves the old container in the pod, or refuses.
func TestHelmAloneDoesNotTakeOver(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.applyByHand()
		command := deploy("dev-1", "--take-ownership")
		_, err := s.Run(command[0], command[1:]...)
		if p.Major == 4 {
			require.ErrorContains(t, err, `conflict with "kubectl-client-side-apply"`)
			return
		}
		require.NoError(t, err)
		d, err := admin.Typed.AppsV1().Deployments(s.namespace).Get(t.Context(), name, metav1.GetOptions{})
		require.NoError(t, err)
		require.Len(t, d.Spec.Template.Spec.Containers, 2)
		require.Len(t, d.Spec.Template.Spec.ImagePullSecrets, 2)
		require.Contains(t, d.Annotations, corev1.LastAppliedConfigAnnotation)
	})
}
