package deploy

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/watch"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// migrating is a service with a migration, whose account has rights.
const migrating = `
jobs: {migrate: {args: [migrate]}}
config: {files: {dev_config.yml: "message: first\n"}}
serviceAccount: {rules: {config: {apiGroups: [""], resources: [configmaps], verbs: [get]}}}
`

// A migration has ended before the first pod of its revision starts, and finds its own configuration, account and rights.
func TestMigrationRunsBeforeThePods(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p, "jobs", "roles").with(migrating)
		pods, configMaps, bindings := watchPods(t, r.namespace), watchConfigMaps(t, r.namespace), watchRoleBindings(t, r.namespace)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		requireMigrated(t, r, "dev-1", "message: first\n", pods, configMaps, bindings)
		r = r.with(`config: {files: {dev_config.yml: "message: second\n"}}`)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-2"))
		requireMigrated(t, r, "dev-2", "message: second\n", pods, configMaps, bindings)

		// One that does not end keeps the next revision from starting.
		require.ErrorContains(t, r.upgrade("--set", "image.tag=dev-fail", "--timeout", "10s"), "pre-upgrade hooks failed")
		_, failed := first(pods.seen(), isPodOf(r.name+".migrate", "dev-fail"))
		require.NotNil(t, failed, "the migration was tried")
		_, started := first(pods.seen(), isPodOf(r.name, "dev-fail"))
		require.Nil(t, started)
		require.Equal(t, image("dev-2"), r.liveImage())
	})
}

// requireMigrated checks what was seen of the migration with a tag.
func requireMigrated(t *testing.T, r release, tag, message string, pods, configMaps, bindings *recording) {
	t.Helper()
	require.Len(t, r.settledPods(), 2)
	eventually.NoError(t, "the pods are seen", func(context.Context) error {
		if _, pod := first(pods.seen(), isPodOf(r.name, tag)); pod == nil {
			return errors.New("not yet")
		}
		return nil
	})
	name := r.name + "-migrate"
	isMigration := isPodOf(r.name+".migrate", tag)
	_, made := first(pods.seen(), isMigration)
	require.NotNil(t, made)
	ended, _ := first(pods.seen(), func(e watch.Event) bool {
		return isMigration(e) && e.Object.(*corev1.Pod).Status.Phase == corev1.PodSucceeded
	})
	started, _ := first(pods.seen(), isPodOf(r.name, tag))
	require.NotEqual(t, -1, ended, "the migration has ended")
	require.Less(t, ended, started, "the service's pods start after it")

	require.Equal(t, name, made.(*corev1.Pod).Spec.ServiceAccountName)
	_, config := first(configMaps.seen(), func(e watch.Event) bool {
		c, ok := e.Object.(*corev1.ConfigMap)
		return ok && c.Name == name && c.Data["dev_config.yml"] == message
	})
	requireBefore(t, config, made)
	_, binding := first(bindings.seen(), func(e watch.Event) bool {
		b, ok := e.Object.(*rbacv1.RoleBinding)
		return ok && b.Name == name && b.Subjects[0].Name == name
	})
	requireBefore(t, binding, made)
}

// isPodOf tells the pods of an application with a tag of the service's image.
func isPodOf(app, tag string) func(watch.Event) bool {
	return func(e watch.Event) bool {
		pod, ok := e.Object.(*corev1.Pod)
		return ok && pod.Labels["app"] == app && pod.Spec.Containers[0].Image == image(tag)
	}
}

// first returns the first event that is wanted, and its place; nil and -1 if there is none.
func first(events []watch.Event, wanted func(watch.Event) bool) (int, runtime.Object) {
	for i, event := range events {
		if wanted(event) {
			return i, event.Object
		}
	}
	return -1, nil
}

// requireBefore proves that one object was there before another was made.
func requireBefore(t *testing.T, early, late runtime.Object) {
	t.Helper()
	require.NotNil(t, early)
	require.NotNil(t, late)
	order, err := resourceversion.CompareResourceVersion(
		early.(metav1.Object).GetResourceVersion(), late.(metav1.Object).GetResourceVersion())
	require.NoError(t, err)
	require.Equal(t, -1, order)
}

func watchConfigMaps(t *testing.T, namespace string) *recording {
	t.Helper()
	watcher, err := admin.Typed.CoreV1().ConfigMaps(namespace).Watch(t.Context(), metav1.ListOptions{})
	return record(t, watcher, err)
}

func watchRoleBindings(t *testing.T, namespace string) *recording {
	t.Helper()
	watcher, err := admin.Typed.RbacV1().RoleBindings(namespace).Watch(t.Context(), metav1.ListOptions{})
	return record(t, watcher, err)
}
