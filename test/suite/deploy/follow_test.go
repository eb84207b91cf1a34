package deploy

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/follow"
	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// follow starts to follow the release, and a Job of it, as its deployer. The function that it returns ends that, and returns what is wrong.
func (r release) follow(before follow.Before) (end func() *follow.Failure) {
	r.t.Helper()
	client, err := cluster.Client(r.kubeconfig)
	require.NoError(r.t, err)
	ctx, cancel := context.WithCancel(r.t.Context())
	found := make(chan *follow.Failure, 1)
	go func() {
		found <- follow.Follow(ctx, follow.Options{
			Client: client, Before: before, Screen: follow.NewScreen(os.Stdout), Context: "test",
			Workloads: []follow.Workload{
				{Kind: follow.Job, Namespace: r.target, Name: r.name + "-migrate"},
				{Kind: follow.Deployment, Namespace: r.target, Name: r.name},
			},
		})
	}()
	return func() *follow.Failure {
		cancel()
		return <-found
	}
}

// lookBefore is what there is in the release's namespace.
func (r release) lookBefore() follow.Before {
	r.t.Helper()
	client, err := cluster.Client(r.kubeconfig)
	require.NoError(r.t, err)
	return follow.Look(r.t.Context(), client, r.target, nil)
}

// The pods that count are those that the rollout has made: of the newest ReplicaSet, new or used again, and of no other.
func TestFollowedPods(t *testing.T) {
	t.Parallel()
	r := newRelease(t, helm3)
	bad := []string{"--set", "image.tag=dev-fail", "--wait", "--timeout", "15s"}
	requireFails := func(found *follow.Failure) {
		t.Helper()
		require.NotNil(t, found)
		require.Equal(t, "container "+service+" of pod "+found.Pod+" has an image that cannot be pulled", found.Summary)
		require.NotEmpty(t, found.Pod)
	}

	end := r.follow(r.lookBefore())
	require.NoError(t, r.upgrade("--set", "image.tag=dev-1", "--wait"))
	require.Nil(t, end(), "all is well")

	// Helm goes back before it ends, and deletes the pod: what was seen of it is kept.
	before := r.lookBefore()
	end = r.follow(before)
	require.Error(t, r.upgrade(append(bad, "--atomic")...))
	requireFails(end())
	require.Nil(t, r.follow(before)(), "who looks now finds nothing: the newest ReplicaSet is the one from before")

	// The same again, for which the Deployment uses its old ReplicaSet; this time it stays.
	end = r.follow(r.lookBefore())
	require.Error(t, r.upgrade(bad...))
	requireFails(end())
	requireFails(r.follow(follow.Before{})())

	// It is there before the next rollout, which has nothing to do with it.
	before = r.lookBefore()
	require.Nil(t, r.follow(before)())
	end = r.follow(before)
	require.NoError(t, r.upgrade("--set", "image.tag=dev-2", "--wait"))
	require.Nil(t, end())
}

// A hook that fails is a reason too, and the Job that an earlier one has left is none.
func TestFollowedHook(t *testing.T) {
	t.Parallel()
	r := newRelease(t, helm3, "jobs").with("jobs: {migrate: {args: [migrate]}}")
	require.NoError(t, r.upgrade("--set", "image.tag=dev-1", "--wait"))
	end := r.follow(r.lookBefore())
	require.Error(t, r.upgrade("--set", "image.tag=dev-fail", "--timeout", "15s"))
	found := end()
	require.NotNil(t, found)
	require.Equal(t, follow.Workload{Kind: follow.Job, Namespace: r.target, Name: r.name + "-migrate"}, found.Workload)
	require.Equal(t, "container migrate of pod "+found.Pod+" has an image that cannot be pulled", found.Summary)

	require.NotNil(t, r.follow(follow.Before{})(), "it is still there")
	require.Nil(t, r.follow(r.lookBefore())())
}

// Where there is no pod, or no node for it, the reason is that of the ReplicaSet or of the scheduler.
func TestFollowedWithoutContainers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		args    []string
		summary string
		cause   string
		next    string
	}{
		{
			"a quota is used up", nil, `^deployment ` + service + `: the API server refuses its pods$`,
			`^FailedCreate: pods ".*" is forbidden: exceeded quota: two, requested: pods=1, used: pods=2, limited: pods=2$`,
			` --context test get events --field-selector involvedObject\.name=` + service + `-[a-z0-9]+$`,
		},
		{
			"no node is large enough", []string{"--set", "resources.requests.cpu=1k"}, `^pod ` + service + `-\S+ finds no node$`,
			`^Unschedulable: .*Insufficient cpu`, ` --context test get events --field-selector involvedObject\.name=` + service + `-\S+$`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRelease(t, helm4)
			require.NoError(t, r.upgrade("--set", "image.tag=dev-1", "--wait"))
			if c.args == nil {
				quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "two"},
					Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("2")}}}
				_, err := admin.Typed.CoreV1().ResourceQuotas(r.target).Create(t.Context(), quota, metav1.CreateOptions{})
				require.NoError(t, err)
				eventually.NoError(t, "the quota counts", func(ctx context.Context) error {
					quota, err := admin.Typed.CoreV1().ResourceQuotas(r.target).Get(ctx, "two", metav1.GetOptions{})
					if err == nil && quota.Status.Used.Pods().Value() != 2 {
						err = errors.New("not yet")
					}
					return err
				})
			}
			end := r.follow(r.lookBefore())
			require.Error(t, r.upgrade(append([]string{"--set", "image.tag=dev-2", "--rollback-on-failure", "--wait", "--timeout", "15s"}, c.args...)...))
			found := end()
			require.NotNil(t, found)
			require.Regexp(t, c.summary, found.Summary)
			require.Len(t, found.Causes, 1)
			require.Regexp(t, c.cause, found.Causes[0])
			require.Regexp(t, `^kubectl --namespace `+r.target+c.next, found.Next)
			require.Empty(t, found.Log)
		})
	}
}
