package follow

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/utils/ptr"
)

// What is there before began, and what comes after it.
var (
	began = time.Date(2026, 11, 21, 15, 4, 5, 0, time.UTC)
	old   = began.Add(-time.Hour)
	later = began.Add(time.Second)
)

// meta is that of an object in a namespace, made by a controller if it has one.
func meta(namespace, name string, made time.Time, by ...types.UID) metav1.ObjectMeta {
	m := metav1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(namespace + "/" + name), CreationTimestamp: metav1.NewTime(made),
		Labels: map[string]string{"app": "web"}, Annotations: map[string]string{},
	}
	for _, owner := range by {
		m.OwnerReferences = append(m.OwnerReferences, metav1.OwnerReference{UID: owner, Controller: ptr.To(true)})
	}
	return m
}

var web = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}

func deployment(namespace string) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: meta(namespace, "web", old), Spec: appsv1.DeploymentSpec{Selector: web, Replicas: ptr.To[int32](1)}}
}

func replicaSet(namespace, revision string, made time.Time) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{ObjectMeta: meta(namespace, "web-"+revision, made, types.UID(namespace+"/web")), Spec: appsv1.ReplicaSetSpec{Selector: web}}
	set.Annotations[revisionAnnotation] = revision
	return set
}

// crashing is a pod that has crashed as often as is borne.
func crashing(t *testing.T, namespace, name string, made time.Time, by string) *corev1.Pod {
	t.Helper()
	pod := recorded(t, "crash-three-times")
	pod.ObjectMeta = meta(namespace, name, made, types.UID(namespace+"/"+by))
	return pod
}

// following is a follower, and what it says.
type following struct {
	*follower
	said *[]string
}

func newFollowing(t *testing.T, client *fake.Clientset, before Before, change func(o *Options), workloads ...Workload) following {
	t.Helper()
	out, err := os.Create(t.TempDir() + "/screen")
	require.NoError(t, err)
	t.Cleanup(func() { out.Close() })
	said := &[]string{}
	o := Options{
		Client: client, Before: before, Began: began, Workloads: workloads, Screen: NewScreen(out),
		Say: func(format string, args ...any) { *said = append(*said, fmt.Sprintf(format, args...)) },
	}
	if change != nil {
		change(&o)
	}
	return following{newFollower(o), said}
}

// requireNothing looks twice, and nothing is hopeless.
func (f following) requireNothing(t *testing.T) {
	t.Helper()
	for range 2 {
		require.Nil(t, f.look(t.Context()))
	}
	require.Nil(t, f.worst())
}

// Pods of an earlier revision never stop the deploy that repairs them, wherever they are.
func TestEarlierPodsInAnotherNamespace(t *testing.T) {
	inB := Workload{Kind: Deployment, Namespace: "b", Name: "web"}
	for name, earlier := range map[string][]Workload{"an earlier revision names it": {inB}, "only the new revision names it": nil} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset(deployment("b"), replicaSet("b", "1", old), crashing(t, "b", "web-1-x", old, "web-1"))
			before := Look(t.Context(), client, "a", earlier)
			f := newFollowing(t, client, before, nil, inB)
			f.requireNothing(t)

			// One that starts anew meanwhile belongs to the earlier revision too.
			require.NoError(t, client.Tracker().Add(crashing(t, "b", "web-1-y", later, "web-1")))
			f.requireNothing(t)

			require.NoError(t, client.Tracker().Add(replicaSet("b", "2", later)))
			f.requireNothing(t)
			require.NoError(t, client.Tracker().Add(crashing(t, "b", "web-2-x", later, "web-2")))
			failure := f.look(t.Context())
			require.NotNil(t, failure, "its own pods count")
			require.Equal(t, "web-2-x", failure.Pod)
			require.Empty(t, *f.said)
		})
	}
	t.Run("control: without having looked, and without a time", func(t *testing.T) {
		client := fake.NewClientset(deployment("b"), replicaSet("b", "1", old), crashing(t, "b", "web-1-x", old, "web-1"))
		require.NotNil(t, newFollowing(t, client, Before{}, func(o *Options) { o.Began = time.Time{} }, inB).look(t.Context()))
	})
}

// In a namespace that was looked at, identity counts and not time.
func TestIdentityBeforeTime(t *testing.T) {
	client := fake.NewClientset(deployment("a"), replicaSet("a", "1", later), crashing(t, "a", "web-1-x", later, "web-1"))
	w := Workload{Kind: Deployment, Namespace: "a", Name: "web"}
	newFollowing(t, client, Look(t.Context(), client, "a", nil), nil, w).requireNothing(t)
}

// Two workloads of one name, in two namespaces, are told apart.
func TestNamespacesAreNamed(t *testing.T) {
	client := fake.NewClientset(deployment("a"), deployment("b"), replicaSet("a", "1", later), replicaSet("b", "1", later))
	f := newFollowing(t, client, Before{}, nil, Workload{Kind: Deployment, Namespace: "a", Name: "web"}, Workload{Kind: Deployment, Namespace: "b", Name: "web"})
	require.Nil(t, f.look(t.Context()))
	require.Equal(t, map[string]string{"deployment a/web": "0 of 1 updated pods ready", "deployment b/web": "0 of 1 updated pods ready"}, f.progress.said)
}

// forbid lets a client lack a right.
func forbid(client *fake.Clientset, verb, resource string) {
	client.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", fmt.Errorf("no"))
	})
}

// Without a right the deploy goes on, and which one it is is said once.
func TestMissingRights(t *testing.T) {
	w := Workload{Kind: Deployment, Namespace: "a", Name: "web"}
	for _, c := range []struct {
		verb, resource string
		says           string
		followed       bool
	}{
		{"list", "pods", "the right to list pods in namespace a is missing: pods that it is needed for are not followed, and helm alone decides when to stop", false},
		{"list", "replicasets", "the right to list replicasets in namespace a is missing: pods that it is needed for are not followed, and helm alone decides when to stop", false},
		{"get", "deployments", "the right to get deployments in namespace a is missing: pods that it is needed for are not followed, and helm alone decides when to stop", false},
		{"list", "events", "the right to list events in namespace a is missing: why pods fail is said without their events", true},
		{"get", "secrets", "", true},
	} {
		for _, looked := range []string{"a", "elsewhere"} {
			t.Run(c.verb+" "+c.resource+", looked at "+looked, func(t *testing.T) {
				client := fake.NewClientset(deployment("a"), replicaSet("a", "1", later), crashing(t, "a", "web-1-x", later, "web-1"))
				forbid(client, c.verb, c.resource)
				before := Look(t.Context(), fake.NewClientset(), "elsewhere", nil)
				if looked == "a" {
					before = Look(t.Context(), client, "a", nil)
					before.there = nil // what is there is the rollout's
				}
				f := newFollowing(t, client, before, nil, w, w)
				for range 2 {
					require.Equal(t, c.followed, f.look(t.Context()) != nil)
				}
				if c.says == "" {
					require.Empty(t, *f.said)
				} else {
					require.Equal(t, []string{c.says}, *f.said)
				}
			})
		}
	}
}

// An API server that is away for a moment is asked again; one that stays away ends nothing.
func TestLookIsPatient(t *testing.T) {
	client := fake.NewClientset(replicaSet("a", "1", old))
	away := 2
	client.PrependReactor("list", "replicasets", func(clienttesting.Action) (bool, runtime.Object, error) {
		if away--; away >= 0 {
			return true, nil, apierrors.NewInternalError(fmt.Errorf("away"))
		}
		return false, nil, nil
	})
	require.True(t, Look(t.Context(), client, "a", nil).looked["a"])

	away = 1 << 30
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f := newFollowing(t, client, Look(ended, client, "a", nil), nil, Workload{Kind: Deployment, Namespace: "a", Name: "web"})
	require.Len(t, *f.said, 1)
	require.Contains(t, (*f.said)[0], "away")
	f.requireNothing(t)
}

// The annotation wins over the command, and one that is written wrong is said and ignored.
func TestWhenToGiveUp(t *testing.T) {
	crashes := func(n int) *Options { return &Options{Patience: Patience{crash: {times: n}}} }
	for name, c := range map[string]struct {
		annotation string
		command    *Options
		hopeless   bool
		says       string
	}{
		"by default":                {"", &Options{}, true, ""},
		"the command's":             {"", crashes(4), false, ""},
		"never":                     {"never", &Options{}, false, ""},
		"the annotation's":          {"crashes=2", crashes(9), true, ""},
		"the annotation's, another": {"config=1h", crashes(4), false, ""},
		"one that is wrong":         {"crashes=often", crashes(4), false, `annotation slipway.example.com/give-up-after of deployment web is ignored: "crashes=often": "often" is no limit of crashes; there are crashes=NUMBER`},
	} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset(deployment("a"), replicaSet("a", "1", later), crashing(t, "a", "web-1-x", later, "web-1"))
			f := newFollowing(t, client, Before{}, func(o *Options) { o.Patience = c.command.Patience },
				Workload{Kind: Deployment, Namespace: "a", Name: "web", GiveUpAfter: c.annotation})
			require.Equal(t, c.hopeless, f.look(t.Context()) != nil)
			if c.says == "" {
				require.Empty(t, *f.said)
			} else {
				require.Len(t, *f.said, 1)
				require.Contains(t, (*f.said)[0], c.says)
			}
			require.NotNil(t, f.worst(), "what is wrong is said in the end, whoever gives up")
		})
	}
}

// The deadline of Kubernetes ends a rollout, unless it is not to.
func TestDeadline(t *testing.T) {
	d := deployment("a")
	d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse,
		Reason: "ProgressDeadlineExceeded", Message: `ReplicaSet "web-1" has timed out progressing.`}}
	client := fake.NewClientset(d, replicaSet("a", "1", later))
	for annotation, hopeless := range map[string]bool{"": true, "crashes=5": true, "deadline=never": false, "never": false} {
		f := newFollowing(t, client, Before{}, nil, Workload{Kind: Deployment, Namespace: "a", Name: "web", GiveUpAfter: annotation})
		failure := f.look(t.Context())
		require.Equal(t, hopeless, failure != nil, annotation)
		if failure == nil {
			failure = f.worst()
		}
		require.Equal(t, "deployment web has failed", failure.Summary)
		require.Equal(t, []string{`ProgressDeadlineExceeded: ReplicaSet "web-1" has timed out progressing.`}, failure.Causes)
	}
}

// A value of a Secret that the pod reads, and what looks like a secret, is in no line that is printed.
func TestSecretsAreHidden(t *testing.T) {
	const planted = "Hunter2sPassw0rd"
	for name, c := range map[string]struct {
		secret *corev1.Secret
		log    string
	}{
		// All pods of the fake client say "fake logs".
		"control: nobody knows that it is a secret": {nil, "fake logs"},
		"a value of its Secret":                     {&corev1.Secret{ObjectMeta: meta("a", "db", old), Data: map[string][]byte{"dsn": []byte("fake logs\n")}}, "(hidden)"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := crashing(t, "a", "web-1-x", later, "web-1")
			pod.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "db"}}}}
			pod.Status.ContainerStatuses[0].State.Terminated.Message = "cannot use fake logs, DB_PASSWORD=" + planted
			event := &corev1.Event{ObjectMeta: meta("a", "event", later), Type: corev1.EventTypeWarning, Reason: "Unhealthy", Message: "said token=" + planted,
				InvolvedObject: corev1.ObjectReference{UID: pod.UID}}
			client := fake.NewClientset(deployment("a"), replicaSet("a", "1", later), pod, event)
			if c.secret != nil {
				require.NoError(t, client.Tracker().Add(c.secret))
			}
			f := newFollowing(t, client, Before{}, nil, Workload{Kind: Deployment, Namespace: "a", Name: "web"})
			failure := f.look(t.Context())
			require.NotNil(t, failure)
			require.Equal(t, []string{c.log}, failure.Log)
			require.Equal(t, []string{"Unhealthy: said token=(hidden)"}, failure.Events)
			require.Contains(t, failure.Causes[0], "cannot use "+c.log+", DB_PASSWORD=(hidden)")
			printed, err := os.ReadFile(f.Screen.out.(*os.File).Name())
			require.NoError(t, err)
			require.Contains(t, string(printed), "cannot use "+c.log+", DB_PASSWORD=(hidden)")
			require.NotContains(t, string(printed), planted)
		})
	}
}

// Every way in which a pod reads a Secret.
func TestSecretsOf(t *testing.T) {
	key := func(name string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
	}
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{{Env: []corev1.EnvVar{{Name: "A", Value: "a"}, {Name: "B", ValueFrom: key("variable")}}}},
		Containers: []corev1.Container{{EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "all"}}}}}},
		Volumes: []corev1.Volume{{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "volume"}}},
			{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
				{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "projected"}}}}}}}},
	}}
	require.Equal(t, []string{"variable", "all", "volume", "projected"}, secretsOf(pod))
}

// A set is followed as a Deployment is: what it has made of its new revision counts, and nothing else.
func TestSets(t *testing.T) {
	const before, after = "web-aaa", "web-bbb"
	pod := func(name, state, hash, generation string, made time.Time) *corev1.Pod {
		p := recorded(t, state)
		p.ObjectMeta = meta("a", name, made, "a/web")
		p.Labels[appsv1.ControllerRevisionHashLabelKey], p.Labels[generationLabel] = hash, generation
		return p
	}
	statefulSet := func(update appsv1.StatefulSetUpdateStrategy, revision string, made time.Time) *appsv1.StatefulSet {
		return &appsv1.StatefulSet{ObjectMeta: meta("a", "web", made), Spec: appsv1.StatefulSetSpec{Selector: web, Replicas: ptr.To[int32](3), UpdateStrategy: update},
			Status: appsv1.StatefulSetStatus{UpdateRevision: revision}}
	}
	daemonSet := func(update appsv1.DaemonSetUpdateStrategyType, generation string, made time.Time) *appsv1.DaemonSet {
		set := &appsv1.DaemonSet{ObjectMeta: meta("a", "web", made), Spec: appsv1.DaemonSetSpec{Selector: web, UpdateStrategy: appsv1.DaemonSetUpdateStrategy{Type: update}},
			Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 3}}
		set.Annotations[appsv1.DeprecatedTemplateGeneration] = generation
		return set
	}
	rolling := appsv1.StatefulSetUpdateStrategy{}
	oldPods := []runtime.Object{pod("web-0", "crash-three-times", before, "1", old), pod("web-1", "ready", before, "1", old), pod("web-2", "ready", before, "1", old)}
	for name, c := range map[string]struct {
		kind string
		// was and is are the set before the rollout and now; pods are those that are new, in place of the old one of that name.
		was, is  runtime.Object
		pods     []runtime.Object
		progress string
		failed   string
	}{
		"StatefulSet, not begun": {StatefulSet, statefulSet(rolling, before, old), statefulSet(rolling, before, old), nil, "", ""},
		"StatefulSet, the old one fails": {StatefulSet, statefulSet(rolling, before, old), statefulSet(rolling, after, old),
			[]runtime.Object{pod("web-2", "ready", after, "2", later)}, "1 of 3 updated pods ready", ""},
		"StatefulSet, an old one that was made anew fails": {StatefulSet, statefulSet(rolling, before, old), statefulSet(rolling, after, old),
			[]runtime.Object{pod("web-1", "crash-three-times", before, "1", later)}, "0 of 3 updated pods ready", ""},
		"StatefulSet, the new one fails": {StatefulSet, statefulSet(rolling, before, old), statefulSet(rolling, after, old),
			[]runtime.Object{pod("web-2", "crash-three-times", after, "2", later)}, "0 of 3 updated pods ready", "web-2"},
		"StatefulSet, gone back": {StatefulSet, statefulSet(rolling, before, old), statefulSet(rolling, before, old),
			[]runtime.Object{pod("web-2", "crash-three-times", before, "1", later)}, "", ""},
		"StatefulSet, partition": {StatefulSet, statefulSet(rolling, before, old),
			statefulSet(appsv1.StatefulSetUpdateStrategy{RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr.To[int32](2)}}, after, old),
			[]runtime.Object{pod("web-2", "ready", after, "2", later)}, "1 of 1 updated pods ready", ""},
		"StatefulSet, OnDelete": {StatefulSet, statefulSet(rolling, before, old),
			statefulSet(appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}, after, old), nil, "0 of 0 updated pods ready", ""},
		"StatefulSet, its first": {StatefulSet, nil, statefulSet(appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}, after, later),
			[]runtime.Object{pod("web-0", "ready", after, "", later)}, "1 of 3 updated pods ready", ""},
		"DaemonSet, not begun": {DaemonSet, daemonSet("", "1", old), daemonSet("", "1", old), nil, "", ""},
		"DaemonSet, the old one fails": {DaemonSet, daemonSet("", "1", old), daemonSet("", "2", old),
			[]runtime.Object{pod("web-2", "ready", after, "2", later)}, "1 of 3 updated pods ready", ""},
		"DaemonSet, the new one fails": {DaemonSet, daemonSet("", "1", old), daemonSet("", "2", old),
			[]runtime.Object{pod("web-2", "crash-three-times", after, "2", later)}, "0 of 3 updated pods ready", "web-2"},
		"DaemonSet, gone back": {DaemonSet, daemonSet("", "1", old), daemonSet("", "3", old),
			[]runtime.Object{pod("web-2", "crash-three-times", before, "3", later)}, "", ""},
		"DaemonSet, OnDelete": {DaemonSet, daemonSet("", "1", old), daemonSet(appsv1.OnDeleteDaemonSetStrategyType, "2", old), nil, "0 of 0 updated pods ready", ""},
		"DaemonSet, its first": {DaemonSet, nil, daemonSet("", "1", later),
			[]runtime.Object{pod("web-0", "ready", after, "1", later)}, "1 of 3 updated pods ready", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := Workload{Kind: c.kind, Namespace: "a", Name: "web"}
			beforehand := fake.NewClientset()
			if c.was != nil {
				beforehand = fake.NewClientset(append([]runtime.Object{c.was}, oldPods...)...)
			}
			seen := Look(t.Context(), beforehand, "a", []Workload{w})

			var now []runtime.Object
			replaced := map[string]bool{}
			for _, p := range c.pods {
				p := p.DeepCopyObject().(*corev1.Pod)
				p.UID += "-again"
				replaced[p.Name] = true
				now = append(now, p)
			}
			if c.was != nil {
				for _, p := range oldPods {
					if !replaced[p.(*corev1.Pod).Name] {
						now = append(now, p)
					}
				}
			}
			f := newFollowing(t, fake.NewClientset(append(now, c.is)...), seen, nil, w)
			failure := f.look(t.Context())
			require.Equal(t, c.progress, f.progress.said[strings.ToLower(c.kind)+" web"])
			if c.failed == "" {
				require.Nil(t, failure)
				require.Nil(t, f.worst())
				return
			}
			require.NotNil(t, failure)
			require.Equal(t, c.failed, failure.Pod)
		})
	}
}

// Sets and Jobs have no condition that says that their pods are refused: an event of this rollout does.
func TestRefusedPodsOfSets(t *testing.T) {
	event := func(made time.Time) *corev1.Event {
		return &corev1.Event{ObjectMeta: meta("a", "event", made), Type: corev1.EventTypeWarning, Reason: failedCreate, LastTimestamp: metav1.NewTime(made),
			Message: `create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: two`, InvolvedObject: corev1.ObjectReference{UID: "a/web"}}
	}
	for _, c := range []struct {
		set  runtime.Object
		kind string
	}{
		{&appsv1.StatefulSet{ObjectMeta: meta("a", "web", later), Spec: appsv1.StatefulSetSpec{Selector: web}, Status: appsv1.StatefulSetStatus{UpdateRevision: "one"}}, StatefulSet},
		{&appsv1.DaemonSet{ObjectMeta: meta("a", "web", later), Spec: appsv1.DaemonSetSpec{Selector: web}, Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 1}}, DaemonSet},
		{&batchv1.Job{ObjectMeta: meta("a", "web", later), Spec: batchv1.JobSpec{Selector: web}}, Job},
	} {
		for made, refused := range map[time.Time]bool{old: false, later: true} {
			f := newFollowing(t, fake.NewClientset(c.set, event(made)), Before{}, func(o *Options) { o.Patience = Patience{notCreated: {lasts: 1}} },
				Workload{Kind: c.kind, Namespace: "a", Name: "web"})
			f.look(t.Context())
			failure := f.look(t.Context())
			require.Equal(t, refused, failure != nil, "%s %v", c.kind, made)
			if refused {
				require.Equal(t, strings.ToLower(c.kind)+" web: the API server refuses its pods", failure.Summary)
				require.Contains(t, failure.Causes[0], "exceeded quota")
			}
		}
	}
}

// Failures are counted, and not pods.
func TestFailuresOfJobs(t *testing.T) {
	const ok, running, failed = "succeeded", "running", "failed"
	type state struct{ name, index string }
	for name, c := range map[string]struct {
		spec   batchv1.JobSpec
		counts int32 // that the Job's controller counts
		pods   []state
		// times that the last pod's work has failed.
		times int
	}{
		"one after the other":         {batchv1.JobSpec{}, 3, []state{{failed, ""}, {failed, ""}, {failed, ""}}, 3},
		"side by side, the third one": {batchv1.JobSpec{Parallelism: ptr.To[int32](3)}, 1, []state{{running, ""}, {running, ""}, {failed, ""}}, 1},
		"side by side, each once":     {batchv1.JobSpec{Parallelism: ptr.To[int32](3)}, 3, []state{{failed, ""}, {failed, ""}, {failed, ""}}, 1},
		"one at a time, since one is to succeed": {batchv1.JobSpec{Parallelism: ptr.To[int32](3), Completions: ptr.To[int32](1)}, 3,
			[]state{{failed, ""}, {failed, ""}, {failed, ""}}, 3},
		"piece by piece": {batchv1.JobSpec{Completions: ptr.To[int32](9)}, 3, []state{{failed, ""}, {ok, ""}, {failed, ""}, {failed, ""}}, 2},
		"indexed, each index once": {batchv1.JobSpec{CompletionMode: ptr.To(batchv1.IndexedCompletion), Parallelism: ptr.To[int32](3)}, 3,
			[]state{{failed, "0"}, {failed, "1"}, {failed, "2"}}, 1},
		"indexed, one index three times": {batchv1.JobSpec{CompletionMode: ptr.To(batchv1.IndexedCompletion), Parallelism: ptr.To[int32](3), BackoffLimitPerIndex: ptr.To[int32](9)}, 4,
			[]state{{failed, "0"}, {failed, "1"}, {failed, "0"}, {ok, "2"}, {failed, "0"}}, 3},
		"indexed, not all need to succeed": {batchv1.JobSpec{CompletionMode: ptr.To(batchv1.IndexedCompletion), SuccessPolicy: &batchv1.SuccessPolicy{}}, 3,
			[]state{{failed, "0"}, {failed, "0"}, {failed, "0"}}, 1},
		"failures that its policy overlooks": {batchv1.JobSpec{PodFailurePolicy: &batchv1.PodFailurePolicy{}}, 1, []state{{failed, ""}, {failed, ""}, {failed, ""}}, 1},
		"its node was drained":               {batchv1.JobSpec{}, 3, []state{{"disrupted", ""}, {"disrupted", ""}, {failed, ""}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var pods []corev1.Pod
			for _, s := range c.pods {
				pod := recorded(t, "job-failed")
				pod.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: s.index}
				switch s.name {
				case running:
					pod = recorded(t, "job-runs")
				case ok:
					pod.Status.Phase = corev1.PodSucceeded
				case "disrupted":
					pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue})
				}
				pods = append(pods, *pod)
			}
			job := &batchv1.Job{Spec: c.spec, Status: batchv1.JobStatus{Failed: c.counts}}
			require.Equal(t, c.times, failures(job, pods, len(pods)-1))
		})
	}
}

// A Job is followed if this rollout has made it, and is hopeless when its controller says so, with pods or without.
func TestJobs(t *testing.T) {
	job := func(made time.Time, conditions ...batchv1.JobConditionType) *batchv1.Job {
		j := &batchv1.Job{ObjectMeta: meta("a", "web", made), Spec: batchv1.JobSpec{Selector: web, Parallelism: ptr.To[int32](3)}}
		for _, c := range conditions {
			j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: c, Status: corev1.ConditionTrue, Reason: "DeadlineExceeded", Message: "it took too long"})
		}
		return j
	}
	var three []runtime.Object
	for i, state := range []string{"job-runs", "job-runs", "job-failed"} {
		pod := recorded(t, state)
		pod.ObjectMeta = meta("a", fmt.Sprintf("web-%d", i), later, "a/web")
		three = append(three, pod)
	}
	for name, c := range map[string]struct {
		objects  []runtime.Object
		hopeless bool
	}{
		"three side by side, the third one fails once": {slices.Concat(three, []runtime.Object{job(later)}), false},
		"the same, and the Job is to fail":             {slices.Concat(three, []runtime.Object{job(later, batchv1.JobFailureTarget)}), true},
		"its pods are gone":                            {[]runtime.Object{job(later, batchv1.JobFailed)}, true},
		"of an earlier deploy":                         {[]runtime.Object{job(old, batchv1.JobFailed)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFollowing(t, fake.NewClientset(c.objects...), Before{}, nil, Workload{Kind: Job, Namespace: "a", Name: "web"})
			require.Equal(t, c.hopeless, f.look(t.Context()) != nil)
		})
	}
}
