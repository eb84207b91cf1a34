package rights

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

func (p project) namespace() *corev1.Namespace {
	p.T.Helper()
	namespace, err := admin.Typed.CoreV1().Namespaces().Get(p.T.Context(), p.name, metav1.GetOptions{})
	require.NoError(p.T, err)
	return namespace
}

// state is what a test compares of an object to see whether it was touched.
type state struct {
	uid        types.UID
	generation int64
}

// services returns the state of all deployments and pods in the project, and of their releases' Secrets.
func (p project) services() map[string]state {
	p.T.Helper()
	all := map[string]state{}
	add := func(kind string, object metav1.Object) {
		all[kind+"/"+object.GetName()] = state{object.GetUID(), object.GetGeneration()}
	}
	ctx, options := p.T.Context(), metav1.ListOptions{}
	deployments, err := admin.Typed.AppsV1().Deployments(p.name).List(ctx, options)
	require.NoError(p.T, err)
	for _, object := range deployments.Items {
		add("Deployment", &object)
	}
	pods, err := admin.Typed.CoreV1().Pods(p.name).List(ctx, options)
	require.NoError(p.T, err)
	for _, object := range pods.Items {
		require.Nil(p.T, object.DeletionTimestamp)
		add("Pod", &object)
	}
	secrets, err := admin.Typed.CoreV1().Secrets(p.name).List(ctx, options)
	require.NoError(p.T, err)
	for _, object := range secrets.Items {
		add("Secret", &object)
	}
	return all
}

// Upgrading, uninstalling and installing the project again touches no service, and the namespace outlives its release.
func TestServicesAreUntouched(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := newProject(t, p)
		service := project.deployer().newService("example-microservice")
		require.NoError(t, service.upgrade("dev-1"))
		uid, services := project.namespace().UID, project.services()
		require.Len(t, services, 3) // Deployment, Pod, Secret

		require.NoError(t, project.upgrade("--set", "client=another,podSecurity=baseline,quota.pods=10", "--set", "deployer.features.jobs=true"))
		require.Equal(t, services, project.services())
		require.Equal(t, "another", project.namespace().Labels["client"])

		require.NoError(t, project.uninstall())
		require.Equal(t, uid, project.namespace().UID)
		require.Equal(t, services, project.services())
		_, err := admin.Typed.RbacV1().RoleBindings(project.name).Get(t.Context(), deployer, metav1.GetOptions{})
		require.True(t, apierrors.IsNotFound(err), "%v", err)

		require.NoError(t, project.upgrade())
		require.Equal(t, uid, project.namespace().UID)
		require.Equal(t, services, project.services())
		require.Equal(t, "restricted", project.namespace().Labels["pod-security.kubernetes.io/enforce"])
		service.Kubeconfig = project.deployer().Kubeconfig // tokens of the account that was deleted are worth nothing
		require.NoError(t, service.upgrade("dev-2"))
	})
}

// A failed install or upgrade deletes no namespace.
func TestFailureKeepsTheNamespace(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := unnamedProject(t, p)
		// A limit that only the API server refuses: a default over the maximum.
		broken := []string{"--set", "limits.Container.max.memory=1Gi,limits.Container.default.memory=2Gi"}
		message := "default value 2Gi is greater than max value 1Gi"

		require.ErrorContains(t, project.upgrade(append(broken, p.RollbackOnFailure)...), message)
		uid := project.namespace().UID
		require.NoError(t, project.upgrade())
		require.Equal(t, uid, project.namespace().UID)

		require.ErrorContains(t, project.upgrade(append(broken, "--cleanup-on-fail")...), message)
		require.ErrorContains(t, project.upgrade(append(broken, p.RollbackOnFailure)...), message)
		require.Equal(t, uid, project.namespace().UID)
		require.Nil(t, project.namespace().DeletionTimestamp)
		require.NoError(t, project.upgrade())
	})
}

// A namespace that is there already is taken over if the administrator says so, and is left alone if not.
func TestExistingNamespace(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := unnamedProject(t, p)
		existing := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: project.name, Labels: map[string]string{"team": "ours"}, Annotations: map[string]string{"example.com/note": "ours"},
		}}
		_, err := admin.Typed.CoreV1().Namespaces().Create(t.Context(), existing, metav1.CreateOptions{})
		require.NoError(t, err)
		before := project.namespace()

		require.ErrorContains(t, project.upgrade(), "invalid ownership metadata")
		require.Equal(t, before, project.namespace())
		require.NotContains(t, project.Must("helm", "list", "--all-namespaces").Stdout, project.name)

		require.NoError(t, project.upgrade("--take-ownership"))
		after := project.namespace()
		require.Equal(t, before.UID, after.UID)
		require.Equal(t, "ours", after.Labels["team"])
		require.Equal(t, "ours", after.Annotations["example.com/note"])
		require.Equal(t, "dev", after.Labels["env"])
		require.Equal(t, "restricted", after.Labels["pod-security.kubernetes.io/enforce"])

		require.NoError(t, project.uninstall())
		require.Equal(t, before.UID, project.namespace().UID)
	})
}

// Two projects do not get one namespace by accident.
func TestAnotherProjectsNamespace(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		first, second := newProject(t, p), unnamedProject(t, p)
		namespace := first.namespace()
		require.ErrorContains(t, second.upgrade("--set", "namespace.name="+first.name),
			`annotation validation error: key "meta.helm.sh/release-name" must equal "`+second.name+`": current value is "`+first.name+`"`)
		require.Equal(t, namespace, first.namespace())
	})
}

// A label of the chart that has another value is replaced, with Helm 4 only on demand.
func TestExistingLabel(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := unnamedProject(t, p)
		existing := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: project.name, Labels: map[string]string{"env": "mine"}}}
		_, err := admin.Typed.CoreV1().Namespaces().Create(t.Context(), existing, metav1.CreateOptions{})
		require.NoError(t, err)

		args := []string{"--take-ownership"}
		if p == helm4 {
			require.ErrorContains(t, project.upgrade(args...), "conflict occurred while applying object")
			require.Equal(t, "mine", project.namespace().Labels["env"])
			args = append(args, "--force-conflicts")
		}
		require.NoError(t, project.upgrade(args...))
		require.Equal(t, "dev", project.namespace().Labels["env"])
	})
}

// The same of a label that somebody sets later.
func TestLabelSetByHand(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm4)
	project.Must("kubectl", "label", "namespace", project.name, "env=mine", "--overwrite")
	require.ErrorContains(t, project.upgrade("--set", "client=another"), `conflict with "kubectl-label"`)
	require.Equal(t, "mine", project.namespace().Labels["env"])
	require.NoError(t, project.upgrade("--force-conflicts"))
	require.Equal(t, "dev", project.namespace().Labels["env"])
}

// An administrator may go from Helm 3 to Helm 4 and back.
func TestBothHelmsOnOneProject(t *testing.T) {
	t.Parallel()
	project := newProject(t, helm3, "--set", "deployer.token=true")
	token, uid := project.storedToken(), project.namespace().UID

	project.Program = helm4
	require.NoError(t, project.upgrade("--set", "deployer.token=true,client=another,deployer.features.jobs=true"))
	require.Contains(t, project.granted(), right{"batch", "jobs", "create"})

	project.Program = helm3
	require.NoError(t, project.upgrade("--set", "deployer.token=true"))
	require.NotContains(t, project.granted(), right{"batch", "jobs", "create"})
	require.Equal(t, "internal", project.namespace().Labels["client"])
	require.Equal(t, token, project.storedToken())

	project.Program = helm4
	require.NoError(t, project.uninstall())
	require.Equal(t, uid, project.namespace().UID)
}

// The release is in no namespace that it makes, and Helm's record of it outlives that namespace.
func TestRecordIsElsewhere(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		project := newProject(t, p)
		require.NoError(t, admin.Typed.CoreV1().Namespaces().Delete(t.Context(), project.name, metav1.DeleteOptions{}))
		eventually.NoError(t, "the namespace is gone", func(ctx context.Context) error {
			_, err := admin.Typed.CoreV1().Namespaces().Get(ctx, project.name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return context.DeadlineExceeded
		})
		require.NoError(t, project.upgrade())
		require.NotEmpty(t, project.granted())
	})
}
