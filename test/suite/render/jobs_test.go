package render_test

import (
	"cmp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestJobs(t *testing.T) {
	type job struct {
		hooks, weight string
		backoff       int32
		deadline      *int64
		restart       corev1.RestartPolicy
	}
	before := "pre-install,pre-upgrade"
	cases := []struct {
		name   string
		values given
		want   job
	}{
		{name: "before install and upgrade", values: yaml("jobs: {migrate: {args: [migrate]}}"), want: job{hooks: before, weight: "0", backoff: 2, restart: "Never"}},
		{name: "the service's own command", values: yaml("jobs: {migrate: {}}"), want: job{hooks: before, weight: "0", backoff: 2, restart: "Never"}},
		{name: "other settings", values: yaml("jobs: {migrate: {hooks: [post-install, pre-upgrade], weight: 5, backoffLimit: 0, activeDeadlineSeconds: 600}}"),
			want: job{hooks: "post-install,pre-upgrade", weight: "5", deadline: ptr.To[int64](600), restart: "Never"}},
		{name: "earlier than others", values: yaml("jobs: {migrate: {weight: -3}}"), want: job{hooks: before, weight: "-3", backoff: 2, restart: "Never"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			made, err := render.Get[*batchv1.Job](rendered(t, c.values), name+"-migrate")
			require.NoError(t, err)
			require.Equal(t, map[string]string{
				"helm.sh/hook": c.want.hooks, "helm.sh/hook-weight": c.want.weight,
				"helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
			}, made.Annotations)
			require.Equal(t, c.want.backoff, *made.Spec.BackoffLimit)
			require.Equal(t, c.want.deadline, made.Spec.ActiveDeadlineSeconds)
			require.Equal(t, c.want.restart, made.Spec.Template.Spec.RestartPolicy)
			require.Equal(t, name, made.Labels["app"])
			require.Equal(t, name+".migrate", made.Spec.Template.Labels["app"])
		})
	}
}

// A migration that reaches its database through a proxy has it beside it, and what comes first before it.
func TestPodsOfJobs(t *testing.T) {
	const parts = "initContainers: {wait: {}}, sidecars: {proxy: {weight: -1, image: {repository: registry.example.com/proxy, tag: '1'}}}"
	manifests := rendered(t, yaml("sidecars: {of-the-service: {}}", "{jobs: {migrate: {parallelism: 3, completions: 6, "+parts+"}}, cronJobs: {report: {schedule: '@daily', "+parts+"}}, tests: {smoke: {"+parts+"}}}"))
	for made, pod := range pods(t, manifests) {
		if made == "Deployment/"+name {
			continue
		}
		require.Len(t, pod.Spec.InitContainers, 2, made)
		require.Equal(t, "proxy", pod.Spec.InitContainers[0].Name, made)
		require.Equal(t, ptr.To(corev1.ContainerRestartPolicyAlways), pod.Spec.InitContainers[0].RestartPolicy, made)
		require.Equal(t, "wait", pod.Spec.InitContainers[1].Name, made)
		require.Nil(t, pod.Spec.InitContainers[1].RestartPolicy, made)
		require.Equal(t, pod.Spec.Containers[0].Image, pod.Spec.InitContainers[1].Image, made)
	}
	job, err := render.Get[*batchv1.Job](manifests, name+"-migrate")
	require.NoError(t, err)
	require.Equal(t, ptr.To[int32](3), job.Spec.Parallelism)
	require.Equal(t, ptr.To[int32](6), job.Spec.Completions)
}

func TestNoJobs(t *testing.T) {
	none[*batchv1.Job](t, rendered(t, yaml()))
	none[*batchv1.Job](t, rendered(t, yaml("jobs: {migrate: {args: [migrate]}}", "jobs: {migrate: null}")))
}

// What a job needs is there before it, although Helm makes the service's own later. Its account is that of the service
// where a cluster says whether that is there (suite deploy), and here one of its own: a hook of the service's account might
// replace a live one.
func TestJobsBringTheirOwn(t *testing.T) {
	const job = "jobs: {migrate: {weight: 5, hooks: [pre-upgrade]}}"
	const config = "config: {files: {a.txt: a}}"
	cases := []struct {
		name            string
		values          given
		account, config string // what the job's pod uses; "" for no ConfigMap
		made            []string
		hooks           string // "pre-upgrade" if empty
	}{
		{name: "an account", values: yaml(job), account: name + ".migrate", made: []string{"ServiceAccount"}},
		{name: "configuration too", values: yaml(job, config), account: name + ".migrate", config: name + ".migrate", made: []string{"ServiceAccount", "ConfigMap"}},
		{name: "no configuration for another image", values: yaml(job, config, "jobs: {migrate: {image: {repository: registry.example.com/tool, tag: '1'}}}"), account: name + ".migrate", made: []string{"ServiceAccount"}},
		{name: "an existing ConfigMap", values: yaml(job, "config: {existingConfigMap: shared}"), account: name + ".migrate", config: "shared", made: []string{"ServiceAccount"}},
		{name: "an existing account", values: yaml(job, config, "serviceAccount: {create: false, name: robot}"), account: "robot", config: name + ".migrate", made: []string{"ConfigMap"}},
		{name: "the service's account, which is there by then", values: yaml("jobs: {migrate: {weight: 5, hooks: [post-install, post-upgrade, pre-rollback, post-rollback, pre-delete]}}"), account: name, hooks: "post-install,post-upgrade,pre-rollback,post-rollback,pre-delete"},
		{name: "configuration for any hook", values: yaml(job, config, "jobs: {migrate: {hooks: [post-install]}}"), account: name, config: name + ".migrate", made: []string{"ConfigMap"}, hooks: "post-install"},
		{name: "an account that is gone by then", values: yaml(job, "jobs: {migrate: {hooks: [post-delete]}}"), account: name + ".migrate", made: []string{"ServiceAccount"}, hooks: "post-delete"},
		{name: "the namespace's account", values: yaml(job, "serviceAccount: {create: false}"), account: "default"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			job, err := render.Get[*batchv1.Job](manifests, name+"-migrate")
			require.NoError(t, err)
			pod := job.Spec.Template.Spec
			require.Equal(t, c.account, pod.ServiceAccountName)
			mounted := ""
			for _, volume := range pod.Volumes {
				if volume.ConfigMap != nil {
					mounted = volume.ConfigMap.Name
				}
			}
			require.Equal(t, c.config, mounted)

			var made []string
			for _, document := range manifests.Documents {
				if document.Object.GetName() != name+".migrate" {
					continue
				}
				made = append(made, document.Object.GetKind())
				require.Equal(t, cmp.Or(c.hooks, "pre-upgrade"), document.Object.GetAnnotations()["helm.sh/hook"])
				require.Equal(t, job.Annotations["helm.sh/hook-delete-policy"], document.Object.GetAnnotations()["helm.sh/hook-delete-policy"])
				require.Less(t, weight(t, document.Object), weight(t, job))
			}
			require.ElementsMatch(t, c.made, made)
		})
	}
}

func TestJobsHaveTheServicesConfiguration(t *testing.T) {
	manifests := rendered(t, yaml("jobs: {migrate: {}}", "config: {files: {a.txt: a, b.yml: {c: d}}}"))
	own, err := render.Get[*corev1.ConfigMap](manifests, name+".migrate")
	require.NoError(t, err)
	require.Equal(t, get[*corev1.ConfigMap](t, manifests).Data, own.Data)
}

func weight(t *testing.T, hook metav1.Object) int {
	t.Helper()
	weight, err := strconv.Atoi(hook.GetAnnotations()["helm.sh/hook-weight"])
	require.NoError(t, err)
	return weight
}

// An account that somebody else makes comes with neither hook nor rights of the chart's.
func TestJobsWithAnAccountOfTheirOwn(t *testing.T) {
	const rules = "serviceAccount: {rules: {read: {apiGroups: [''], resources: [configmaps], verbs: [get]}}}"
	const all = "{jobs: {migrate: {serviceAccountName: migrator}}, cronJobs: {clean: {schedule: '@daily', serviceAccountName: cleaner}}, tests: {smoke: {serviceAccountName: tester}}}"
	manifests := rendered(t, yaml(rules, all))
	job, err := render.Get[*batchv1.Job](manifests, name+"-migrate")
	require.NoError(t, err)
	require.Equal(t, "migrator", job.Spec.Template.Spec.ServiceAccountName)
	cronJob, err := render.Get[*batchv1.CronJob](manifests, name+"-clean")
	require.NoError(t, err)
	require.Equal(t, "cleaner", cronJob.Spec.JobTemplate.Spec.Template.Spec.ServiceAccountName)
	test, err := render.Get[*corev1.Pod](manifests, name+"-smoke")
	require.NoError(t, err)
	require.Equal(t, "tester", test.Spec.ServiceAccountName)
	require.Equal(t, []string{name}, made(t, manifests))
	require.Equal(t, name, pod(t, yaml(rules, all)).Spec.ServiceAccountName)

	// A job without one brings its own.
	require.Equal(t, []string{name, name + ".other"}, made(t, rendered(t, yaml(rules, all, "jobs: {other: {}}"))))
}

// made are the names of the accounts that are rendered, each of which has a Role of its name.
func made(t *testing.T, manifests render.Manifests) (names []string) {
	t.Helper()
	accounts, err := render.All[*corev1.ServiceAccount](manifests)
	require.NoError(t, err)
	roles, err := render.All[*rbacv1.Role](manifests)
	require.NoError(t, err)
	var withRoles []string
	for _, account := range accounts {
		names = append(names, account.Name)
	}
	for _, role := range roles {
		withRoles = append(withRoles, role.Name)
	}
	require.ElementsMatch(t, names, withRoles)
	slices.Sort(names)
	return names
}
