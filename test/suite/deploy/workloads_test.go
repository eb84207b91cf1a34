package deploy

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// severalWorkloads are a service with a sidecar, a cron job that runs the service's image with its configuration, one of
// another image, and a hook.
const severalWorkloads = `
config: {files: {dev_config.yml: "message: first\n"}}
sidecars: {proxy: {image: {repository: registry.example.com/proxy, tag: "1"}, env: {LEVEL: info}}}
cronJobs:
  clean: {schedule: "0 3 * * *"}
  report: {schedule: "0 4 * * *", image: {repository: registry.example.com/report, tag: "1"}, env: {LEVEL: info}}
jobs: {migrate: {env: {LEVEL: info}}}
`

// A change rolls the workloads that use what is changed, and no other; a new version of the chart rolls none.
func TestChangeRollsWhatUsesIt(t *testing.T) {
	const deployment, clean, report = "Deployment/" + service, "CronJob/" + service + "-clean", "CronJob/" + service + "-report"
	changes := []struct {
		name, values, chart string
		rolls               []string
	}{
		{name: "a file, which those of another image do not mount", values: `config: {files: {dev_config.yml: "message: second\n"}}`, rolls: []string{clean, deployment}},
		{name: "a variable of the sidecar", values: `sidecars: {proxy: {env: {LEVEL: debug}}}`, rolls: []string{deployment}},
		{name: "a variable of one cron job", values: `cronJobs: {report: {env: {LEVEL: debug}}}`, rolls: []string{report}},
		{name: "a variable of the other", values: `cronJobs: {clean: {env: {LEVEL: debug}}}`, rolls: []string{clean}},
		{name: "a variable of the hook", values: `jobs: {migrate: {env: {LEVEL: debug}}}`},
		{name: "the schedule", values: `cronJobs: {clean: {schedule: "0 5 * * *"}}`},
		{name: "the chart's version", chart: newerChart(t)},
	}
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p, "jobs", "cronJobs").with(severalWorkloads)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		before, sets := podTemplates(t, r.namespace), replicaSets(t, r)
		require.Len(t, before, 3)
		for _, change := range changes {
			if change.chart != "" {
				r.chart = change.chart
			}
			r = r.with(change.values)
			require.NoError(t, r.upgrade("--set", "image.tag=dev-1"), change.name)

			after, setsAfter := podTemplates(t, r.namespace), replicaSets(t, r)
			var rolled []string
			for _, name := range slices.Sorted(maps.Keys(after)) {
				if !cmp.Equal(before[name], after[name]) {
					rolled = append(rolled, name)
				}
			}
			require.Equal(t, change.rolls, rolled, change.name)
			if !slices.Contains(change.rolls, deployment) {
				require.Equal(t, sets, setsAfter, change.name)
			} else {
				require.Greater(t, len(setsAfter), len(sets), change.name)
			}
			before, sets = after, setsAfter
		}
		live, err := admin.Typed.AppsV1().Deployments(r.namespace).Get(t.Context(), r.name, metav1.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, "microservice-"+newerVersion, live.Labels["helm.sh/chart"], "the new version is live")
	})
}

const newerVersion = "99.0.0"

// newerChart returns the path of a copy of the chart with another version.
func newerChart(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "microservice")
	require.NoError(t, os.CopyFS(folder, os.DirFS(chart)))
	file := filepath.Join(folder, "Chart.yaml")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^version: .*$`)
	require.Len(t, version.FindAll(content, -1), 1)
	require.NoError(t, os.WriteFile(file, version.ReplaceAll(content, []byte("version: "+newerVersion)), 0o600))
	return folder
}

// podTemplates returns what the pods of each Deployment and CronJob in the namespace are made from, by kind and name.
func podTemplates(t *testing.T, namespace string) map[string]corev1.PodTemplateSpec {
	t.Helper()
	found := map[string]corev1.PodTemplateSpec{}
	deployments, err := admin.Typed.AppsV1().Deployments(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for _, d := range deployments.Items {
		found["Deployment/"+d.Name] = d.Spec.Template
	}
	cronJobs, err := admin.Typed.BatchV1().CronJobs(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for _, c := range cronJobs.Items {
		found["CronJob/"+c.Name] = c.Spec.JobTemplate.Spec.Template
	}
	return found
}

// replicaSets returns the identities of the ReplicaSets of the release's Deployment, once its controller has seen what is
// live.
func replicaSets(t *testing.T, r release) []types.UID {
	t.Helper()
	r.settledPods()
	sets, err := admin.Typed.AppsV1().ReplicaSets(r.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + r.name})
	require.NoError(t, err)
	var ids []types.UID
	for _, set := range sets.Items {
		ids = append(ids, set.UID)
	}
	slices.Sort(ids)
	return ids
}
