package rollout

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// podsOf are the pods of a service in a namespace that have a status, oldest first; there must be some.
func podsOf(ctx context.Context, namespace, selector string) ([]corev1.Pod, error) {
	list, err := admin.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	pods := slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool { return len(pod.Status.ContainerStatuses) == 0 })
	if len(pods) == 0 {
		return nil, errors.New("there is no pod yet")
	}
	return pods, nil
}

// report has a pod's status say something else, as a kubelet would.
func report(ctx context.Context, pod corev1.Pod, change func(*corev1.PodStatus)) error {
	change(&pod.Status)
	_, err := admin.Typed.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, &pod, metav1.UpdateOptions{})
	return err
}

// crashed is the status of a pod whose container has crashed three times.
func crashed(status *corev1.PodStatus) {
	c := &status.ContainerStatuses[0]
	c.RestartCount = 2
	c.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 20s restarting failed container"}}
	c.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		Reason: "Error", ExitCode: 1, Message: "cannot connect with DB_PASSWORD=Hunter2sPassw0rd"}}
}

// well is the status of a pod that is ready at last.
func well(status *corev1.PodStatus) {
	status.Phase = corev1.PodRunning
	for i := range status.ContainerStatuses {
		status.ContainerStatuses[i].State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
		status.ContainerStatuses[i].Ready = true
	}
	status.Conditions = slices.DeleteFunc(status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady || c.Type == corev1.ContainersReady
	})
	for _, of := range []corev1.PodConditionType{corev1.ContainersReady, corev1.PodReady} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{Type: of, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()})
	}
}

// reports waits for pods, and has all of them report something.
func reports(t *testing.T, what, namespace, selector string, change func(*corev1.PodStatus)) {
	t.Helper()
	eventually.NoError(t, what, func(ctx context.Context) error {
		pods, err := podsOf(ctx, namespace, selector)
		for _, pod := range pods {
			err = errors.Join(err, report(ctx, pod, change))
		}
		return err
	})
}

// Pods of an earlier revision that fail in another namespace than the release's do not stop the deploy that repairs them.
func TestFailingPodsInAnotherNamespace(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		other := "of-" + s.name
		mayDeployTo(t, other)
		flags := []string{"--set", "namespace.name=" + other}
		s.mustUpgrade(append(dead(s.name), flags...)...)
		reports(t, "pods that crash", other, "app="+s.name, crashed)

		// Helm has begun the next revision and has changed nothing yet, while slipway looks twice.
		var looks atomic.Int64
		hold := newProxy(t, func(r request) bool {
			if r.method == http.MethodGet && strings.Contains(r.path, "/namespaces/"+other+"/replicasets") {
				looks.Add(1)
			}
			return r.changesObjects()
		})
		running := s.bySlipway().through(hold).begin(append(append(good("dev-2"), "--wait"), flags...)...)
		running.reaches("the first object", hold.isHolding)
		before := looks.Load()
		running.reaches("two looks", func(context.Context) error {
			if looks.Load() < before+2 {
				return errors.New("not yet")
			}
			return nil
		})
		hold.release()
		code, said := running.end()
		require.Zero(t, code)
		require.NotContains(t, said, "telling helm to stop")
		require.Contains(t, said, "deployment "+s.name+": 1 of 1 updated pods ready")
	})
}

// mayDeployTo makes a namespace in which the project's deployer may do everything.
func mayDeployTo(t *testing.T, other string) {
	t.Helper()
	require.NoError(t, admin.MakeNamespace(t.Context(), other, nil))
	_, err := admin.Typed.RbacV1().RoleBindings(other).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "deployer"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "system:serviceaccounts:" + namespace}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	client, err := cluster.Client(deployer)
	require.NoError(t, err)
	eventually.NoError(t, "the right", func(ctx context.Context) error {
		_, err := client.AppsV1().ReplicaSets(other).List(ctx, metav1.ListOptions{})
		return err
	})
}

// When a deploy is given up is the caller's to say: a service that crashes until what it needs is there gets ready.
func TestGiveUpAfter(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		const annotation = `annotations.slipway\.example\.com/give-up-after=`
		for _, c := range []struct {
			name     string
			flags    []string
			env, set string
			says     string
			hopeless bool
		}{
			{"by default", nil, "", "", "(3 of 3 times)", true},
			{"flag", []string{"--give-up-after", "crashes=9,pull=never"}, "", "", "(3 of 9 times)", false},
			{"variable", nil, "never", "", "(3 times)", false},
			{"flag over variable", []string{"--give-up-after", "crashes=3"}, "never", "", "(3 of 3 times)", true},
			{"annotation over flag", []string{"--give-up-after", "crashes=1,pull=never"}, "", annotation + "crashes=never", "(3 times)", false},
			{"annotation that is wrong", []string{"--give-up-after", "crashes=8,pull=never"}, "", annotation + "crash=never", "(3 of 8 times)", false},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				s.mustUpgrade(good("dev-1")...)
				job := s.bySlipway(c.flags...)
				if c.env != "" {
					job.env = []string{"SLIPWAY_GIVE_UP_AFTER=" + c.env}
				}
				args := append([]string{"--timeout=1h"}, s.atomic()...)
				if c.set != "" {
					args = append(args, "--set", c.set)
				}
				running := job.beginDead(nothing, args...)
				eventually.NoError(t, "the bad pod's crashes", func(ctx context.Context) error { return s.reportBad(ctx, crashed) })
				if c.hopeless {
					code, said := running.end()
					require.Equal(t, 1, code)
					require.Contains(t, said, c.says)
					require.Contains(t, said, "terminated: Error, exit code 1: cannot connect with DB_PASSWORD=(hidden) (3 times)")
					require.NotContains(t, said, "Hunter2")
					s.requireAsFresh("dev-1")
					return
				}
				running.reaches("crashes that are borne", running.says(c.says))
				running.reaches("a pod that is ready", func(ctx context.Context) error { return s.reportBad(ctx, well) })
				code, said := running.end()
				require.Zero(t, code)
				require.NotContains(t, said, "telling helm to stop")
				require.NotContains(t, said, "Hunter2")
				require.Equal(t, strings.HasPrefix(c.name, "annotation that"), strings.Contains(said,
					"annotation slipway.example.com/give-up-after of deployment "+s.name+` is ignored: "crash=never": there is no kind "crash"`))
			})
		}
	})
}

// reportBad has the pods of the dead revision report something; there must be some.
func (s service) reportBad(ctx context.Context, change func(*corev1.PodStatus)) error {
	pods, err := podsOf(ctx, namespace, "app="+s.name)
	if err != nil {
		return err
	}
	found := false
	for _, pod := range pods {
		if strings.HasSuffix(pod.Spec.Containers[0].Image, ":dev-fail") {
			found = true
			err = errors.Join(err, report(ctx, pod, change))
		}
	}
	if !found {
		return errors.New("there is no bad pod")
	}
	return err
}

// A limit that is written wrong ends the command before anything begins.
func TestGiveUpAfterIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags []string
		env   string
		says  string
	}{
		"a kind that there is not": {[]string{"--give-up-after", "crashs=5"}, "", `for "--give-up-after" flag: "crashs=5": there is no kind "crashs"; there are crashes=NUMBER, pull=NUMBER`},
		"a wrong duration":         {[]string{"--give-up-after", "config=2"}, "", `for "--give-up-after" flag: "config=2": "2" is no limit of config; there are`},
		"in the environment":       {nil, "crashes=0", `slipway: SLIPWAY_GIVE_UP_AFTER: "crashes=0": "0" is no limit of crashes; there are`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, helmcli.Helm4).bySlipway(c.flags...)
			s.env = []string{"SLIPWAY_GIVE_UP_AFTER=" + c.env}
			code, said := s.upgrade(good("dev-1")...)
			require.Equal(t, 2, code)
			require.Contains(t, said, c.says)
			require.Empty(t, s.status())
			require.Empty(t, s.lease())
		})
	}
}

// A pod of a parallel Job that fails once has failed once, as which of them it is.
func TestParallelJob(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.kubeconfig = admin.Kubeconfig // Jobs are a right of their own
		hook := `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"` + s.name + `-parallel","annotations":{"helm.sh/hook":"pre-install"}},
			"spec":{"parallelism":3,"template":{"spec":{
			"restartPolicy":"Never","securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{"name":"work","image":"example.com/work:fail",
			"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}}}`
		running := s.bySlipway("--give-up-after", "pull=never").begin(append(good("dev-1"), "--namespace", namespace, "--timeout=1h", "--set-json", "extraObjects.parallel="+strings.Join(strings.Fields(hook), ""))...)
		const job = "job-name="
		eventually.NoError(t, "a failure of the third pod", func(ctx context.Context) error {
			pods, err := podsOf(ctx, namespace, job+s.name+"-parallel")
			if err != nil {
				return err
			}
			if len(pods) < 3 {
				return errors.New("they are not three yet")
			}
			slices.SortFunc(pods, func(a, b corev1.Pod) int {
				if n := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); n != 0 {
					return n
				}
				return strings.Compare(a.Name, b.Name)
			})
			return report(ctx, pods[2], ended(corev1.PodFailed, 1))
		})
		running.reaches("the failure", running.says("work crashed: Error, exit code 1 (1 of 3 times)"))
		eventually.NoError(t, "the end of the Job", func(ctx context.Context) error {
			pods, err := podsOf(ctx, namespace, job+s.name+"-parallel")
			for _, pod := range pods {
				if pod.Status.Phase == corev1.PodPending {
					err = errors.Join(err, report(ctx, pod, ended(corev1.PodSucceeded, 0)))
				}
			}
			if err != nil {
				return err
			}
			now, err := admin.Typed.BatchV1().Jobs(namespace).Get(ctx, s.name+"-parallel", metav1.GetOptions{})
			if err == nil && !slices.ContainsFunc(now.Status.Conditions, func(c batchv1.JobCondition) bool { return c.Type == batchv1.JobComplete }) {
				return errors.New("not yet")
			}
			return err
		})
		code, said := running.end()
		require.Zero(t, code)
		require.NotContains(t, said, "telling helm to stop")
	})
}

// ended is the status of a pod that has ended.
func ended(phase corev1.PodPhase, exitCode int32) func(*corev1.PodStatus) {
	return func(status *corev1.PodStatus) {
		status.Phase = phase
		reason := map[bool]string{true: "Completed", false: "Error"}[exitCode == 0]
		status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: reason, ExitCode: exitCode}}
	}
}

// Who may not see the pods may deploy all the same, and is told once.
func TestMissingRights(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for _, c := range []struct {
			resource string
			says     string
			hopeless bool
		}{
			{"pods", "slipway: the right to list pods in namespace NAMESPACE is missing: pods that it is needed for are not followed, and helm alone decides when to stop\n", false},
			{"events", "slipway: the right to list events in namespace NAMESPACE is missing: why pods fail is said without their events\n", true},
			{"pods/log", "slipway: the right to get pods/log in namespace NAMESPACE is missing: why a container fails is said without its log\n", true},
		} {
			if c.hopeless && p == helmcli.Helm3 {
				continue // Helm has no part in it
			}
			t.Run(c.resource, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				project := "without-" + strings.ReplaceAll(c.resource, "/", "-") + strings.TrimPrefix(s.name, "service")
				var err error
				s.kubeconfig, err = admin.MakeProject(t.Context(), "../../../charts/project", project)
				require.NoError(t, err)
				revoke(t, project, s.kubeconfig, c.resource)
				says := strings.ReplaceAll(c.says, "NAMESPACE", project)

				job := s.bySlipway()
				if !c.hopeless {
					said := job.mustUpgrade(append(good("dev-1"), s.atomic()...)...)
					require.Equal(t, 1, strings.Count(said, says), said)
					return
				}
				running := job.begin(append(dead(s.name), append(s.atomic(), "--timeout=1h")...)...)
				reports(t, "pods that crash", project, "app="+s.name, crashed)
				code, said := running.end()
				require.Equal(t, 1, code)
				require.Equal(t, 1, strings.Count(said, says), said)
				require.Contains(t, said, "terminated: Error, exit code 1")
			})
		}
	})
}

// revoke takes the rights to a resource from a project's deployer, and waits until the API server knows.
func revoke(t *testing.T, project, kubeconfig, resource string) {
	t.Helper()
	roles := admin.Typed.RbacV1().Roles(project)
	list, err := roles.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	revoked := false
	for _, role := range list.Items {
		for i, rule := range role.Rules {
			if slices.Equal(rule.Resources, []string{resource}) {
				role.Rules[i].Verbs, revoked = []string{"deletecollection"}, true
			}
		}
		_, err := roles.Update(t.Context(), &role, metav1.UpdateOptions{})
		require.NoError(t, err)
	}
	require.True(t, revoked, "the deployer has the right")
	client, err := cluster.Client(kubeconfig)
	require.NoError(t, err)
	eventually.NoError(t, "the end of the right", func(ctx context.Context) error {
		var err error
		switch resource {
		case "pods":
			_, err = client.CoreV1().Pods(project).List(ctx, metav1.ListOptions{})
		case "events":
			_, err = client.CoreV1().Events(project).List(ctx, metav1.ListOptions{})
		default:
			_, err = client.CoreV1().Pods(project).GetLogs("none", &corev1.PodLogOptions{}).DoRaw(ctx)
		}
		if apierrors.IsForbidden(err) {
			return nil
		}
		return errors.New("not yet")
	})
}
