package deploy

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
		account := r.liveAccount()
		require.Equal(t, r.name, account.Annotations["meta.helm.sh/release-name"])
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
		require.NoError(t, r.rollback(1))
		require.Equal(t, account.UID, r.liveAccount().UID, "whoever has a token of it keeps it")
	})
}

// A first install whose migration fails leaves no account in the way of the next, and uninstalling it none at all.
func TestMigrationBeforeAFirstInstall(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		for name, flags := range map[string][]string{"that stays": nil, "that is undone": {p.RollbackOnFailure}} {
			t.Run("a failure "+name, func(t *testing.T) {
				t.Parallel()
				r := newRelease(t, p, "jobs", "roles").with(migrating)
				require.ErrorContains(t, r.upgrade(append([]string{"--set", "image.tag=dev-fail", "--timeout", "10s"}, flags...)...), "pre-install")
				require.Nil(t, r.liveAccount())
				require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
				require.Equal(t, r.name, r.liveAccount().Annotations["meta.helm.sh/release-name"])
				require.NoError(t, r.uninstall())
				require.Nil(t, r.liveAccount())
			})
		}
	})
}

// What a helm that was killed before a first install has left of the account, the next one takes over.
func TestMigrationFindsAnAccount(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p, "jobs", "roles").with(migrating)
		left := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: r.name, Labels: map[string]string{"app.kubernetes.io/managed-by": "Helm"},
			Annotations: map[string]string{"meta.helm.sh/release-name": r.name, "meta.helm.sh/release-namespace": r.namespace}}}
		left, err := admin.Typed.CoreV1().ServiceAccounts(r.target).Create(t.Context(), left, metav1.CreateOptions{})
		require.NoError(t, err)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		require.Equal(t, left.UID, r.liveAccount().UID)
	})
}

// A hook's Job that has the name of another release's is refused with the owner's name: Helm would delete that one.
func TestMigrationOfANeighbour(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		neighbour := newRelease(t, p, "jobs").with("jobs: {migrate: {args: [migrate]}}")
		neighbour.name += "-worker"
		require.Error(t, neighbour.upgrade("--set", "image.tag=dev-fail", "--timeout", "5s"), "its Job stays")
		jobs := admin.Typed.BatchV1().Jobs(neighbour.target)
		was, err := jobs.Get(t.Context(), neighbour.name+"-migrate", metav1.GetOptions{})
		require.NoError(t, err)

		r := neighbour.with("jobs: {migrate: null, worker-migrate: {}}")
		r.name = service
		require.ErrorContains(t, r.upgrade("--set", "image.tag=dev-1"), "jobs.worker-migrate: makes Job "+was.Name+", which is there and belongs to release "+neighbour.name+
			": Helm would delete it; write another name than worker-migrate")
		now, err := jobs.Get(t.Context(), was.Name, metav1.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, was.UID, now.UID)
		require.Empty(t, r.history())
		require.ErrorContains(t, neighbour.upgrade("--set", "image.tag=dev-fail", "--timeout", "5s"), "pre-upgrade hooks failed", "its own is none of others")
	})
}

// liveAccount is that of the service, nil if there is none.
func (r release) liveAccount() *corev1.ServiceAccount {
	r.t.Helper()
	account, err := admin.Typed.CoreV1().ServiceAccounts(r.target).Get(r.t.Context(), r.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(r.t, err)
	return account
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
	name := r.name + ".migrate"
	isMigration := isPodOf(r.name+".migrate", tag)
	_, made := first(pods.seen(), isMigration)
	require.NotNil(t, made)
	ended, _ := first(pods.seen(), func(e watch.Event) bool {
		return isMigration(e) && e.Object.(*corev1.Pod).Status.Phase == corev1.PodSucceeded
	})
	started, _ := first(pods.seen(), isPodOf(r.name, tag))
	require.NotEqual(t, -1, ended, "the migration has ended")
	require.Less(t, ended, started, "the service's pods start after it")

	require.Equal(t, r.name, made.(*corev1.Pod).Spec.ServiceAccountName, "the service's own identity")
	_, config := first(configMaps.seen(), func(e watch.Event) bool {
		c, ok := e.Object.(*corev1.ConfigMap)
		return ok && c.Name == name && c.Data["dev_config.yml"] == message
	})
	requireBefore(t, config, made)
	_, binding := first(bindings.seen(), func(e watch.Event) bool {
		b, ok := e.Object.(*rbacv1.RoleBinding)
		return ok && b.Name == name && b.Subjects[0].Name == r.name
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
