package helm

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
	clienttesting "k8s.io/client-go/testing"
)

// clusterWith returns a cluster with one live object, which knows the kinds of core/v1.
func clusterWith(t *testing.T, live string) (*Cluster, *fake.FakeDynamicClient) {
	t.Helper()
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	for _, kind := range []string{"ServiceAccount", "ConfigMap"} {
		mapper.Add(corev1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	objects, err := Objects(live)
	require.NoError(t, err)
	var all []runtime.Object
	for _, o := range objects {
		all = append(all, o)
	}
	client := fake.NewSimpleDynamicClient(scheme.Scheme, all...)
	return &Cluster{Namespace: "project", Dynamic: client, mapper: mapper}, client
}

// Whose an object is that has the name of a hook.
func TestHookNeighbours(t *testing.T) {
	t.Parallel()
	const (
		account   = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: project"
		hook      = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, labels: {app: orders, app.kubernetes.io/instance: orders}}}"
		unmarked  = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}"
		annotated = ", annotations: {meta.helm.sh/release-namespace: project, meta.helm.sh/release-name: "
	)
	for _, c := range []struct {
		name, live, hook, earlier string
		want                      string // owner; "" if nobody's
	}{
		{"nothing", "", hook, "", ""},
		{"another namespace", "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: other, labels: {app: other}}}", hook, "", ""},
		{"another kind", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: project, labels: {app: other}}}", hook, "", ""},
		{"a release's", account + annotated + "billing}}}", hook, "", "release billing in namespace project"},
		{"a release's of the same name elsewhere", account + ", annotations: {meta.helm.sh/release-namespace: elsewhere, meta.helm.sh/release-name: orders}}}", hook, "", "release orders in namespace elsewhere"},
		{"its own", account + annotated + "orders}}}", hook, "", ""},
		{"its own, with labels of another", account + annotated + "orders}, labels: {app: billing}}}", hook, "", ""},
		{"a hook of another release", account + ", labels: {app.kubernetes.io/instance: billing}}}", hook, "", "billing (label app.kubernetes.io/instance)"},
		{"a hook of another service", account + ", labels: {app: billing}}}", hook, "", "billing (label app)"},
		{"its own hook", account + ", labels: {app: other, app.kubernetes.io/instance: orders}}}", hook, "", ""},
		{"its own hook, by the release's name", account + ", labels: {app.kubernetes.io/instance: orders}}}", unmarked, "", ""},
		{"an earlier revision's hook", account + ", labels: {app: old}}}", hook, "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: project, labels: {app: old}}}", ""},
		{"labels that no hook of the release has had", account + ", labels: {app: billing}}}", unmarked, unmarked, "billing (label app)"},
		{"nobody's", account + ", labels: {team: billing}}}", hook, "", ""},
		{"a controller's", account + ", ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: clean, uid: u, controller: true}]}}", hook, "", "CronJob/clean, which makes it"},
		{"a kind that is not there", "", "{apiVersion: example.com/v1, kind: Other, metadata: {name: a}}", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cluster, _ := clusterWith(t, c.live)
			hooks, err := Objects(c.hook)
			require.NoError(t, err)
			earlier, err := Objects(c.earlier)
			require.NoError(t, err)
			found, unseen := cluster.HookNeighbours(t.Context(), "orders", hooks, earlier)
			require.Empty(t, unseen)
			if c.want == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, "ServiceAccount/a in project belongs to "+c.want, found[0].String())
		})
	}
}

// What may not be looked at is no neighbour's, and no secret.
func TestHookNeighboursThatAreForbidden(t *testing.T) {
	t.Parallel()
	cluster, client := clusterWith(t, "")
	client.PrependReactor("get", "serviceaccounts", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "serviceaccounts"}, "a", nil)
	})
	hooks, err := Objects("{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
	require.NoError(t, err)
	found, unseen := cluster.HookNeighbours(t.Context(), "orders", hooks, nil)
	require.Empty(t, found)
	require.Len(t, unseen, 1)
	require.ErrorContains(t, unseen[0], `ServiceAccount/a: serviceaccounts "a" is forbidden`)
}

// Only what Helm has marked as another release's own counts among a revision's objects.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]int{"billing": 1, "orders": 0, "''": 0} {
		cluster, _ := clusterWith(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: project, labels: {app: other}, annotations: {meta.helm.sh/release-namespace: project, meta.helm.sh/release-name: "+owner+"}}}")
		objects, err := Objects("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
		require.NoError(t, err)
		found, unseen := cluster.Neighbours(t.Context(), "orders", objects)
		require.Empty(t, unseen)
		require.Len(t, found, want, owner)
	}
}
