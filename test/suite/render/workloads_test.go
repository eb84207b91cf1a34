package render_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/render"
)

// A change is in the pod templates of the workloads that use what is changed, and in no other.
func TestChangeRollsWhatUsesIt(t *testing.T) {
	const (
		service = "Deployment/" + name
		clean   = "CronJob/" + name + "-clean"
		report  = "CronJob/" + name + "-report"
		migrate = "Job/" + name + "-migrate"
		seed    = "Job/" + name + "-seed"
	)
	// Of each kind one runs the service's image and one another.
	workloads := yaml(`
config: {files: {app.yml: {key: value}}}
initContainers: {wait: {image: {repository: registry.example.com/wait, tag: '1'}}}
sidecars: {proxy: {image: {repository: registry.example.com/proxy, tag: '1'}}}
cronJobs:
  clean: {schedule: '0 3 * * *'}
  report: {schedule: '0 4 * * *', image: {repository: registry.example.com/report, tag: '1'}}
jobs:
  migrate: {}
  seed: {image: {repository: registry.example.com/seed, tag: '1'}}`)
	everyone := []string{clean, report, service, migrate, seed}
	ofTheImage := []string{clean, service, migrate}
	cases := []struct {
		name   string
		change string
		rolls  []string
	}{
		{name: "nothing", change: "{}"},
		{name: "a configuration file", change: "config: {files: {app.yml: {key: new}}}", rolls: ofTheImage},
		{name: "the service's variables", change: "env: {LEVEL: debug}", rolls: ofTheImage},
		{name: "the service's tag", change: "image: {tag: dev-2}", rolls: ofTheImage},
		{name: "a variable of an init container", change: "initContainers: {wait: {env: {LEVEL: debug}}}", rolls: []string{service}},
		{name: "a variable of a sidecar", change: "sidecars: {proxy: {env: {LEVEL: debug}}}", rolls: []string{service}},
		{name: "a variable of a cron job", change: "cronJobs: {clean: {env: {LEVEL: debug}}}", rolls: []string{clean}},
		{name: "a Secret of a cron job", change: "cronJobs: {report: {envFrom: {secrets: {report: true}}}}", rolls: []string{report}},
		{name: "the schedule of a cron job", change: "cronJobs: {report: {schedule: '0 5 * * *'}}"},
		{name: "a variable of a hook", change: "jobs: {migrate: {env: {LEVEL: debug}}}", rolls: []string{migrate}},
		{name: "a probe", change: "livenessProbe: {periodSeconds: 33}", rolls: []string{service}},
		{name: "replicas and what is beside the pods", change: "{replicas: 3, annotations: {a: b}, service: {annotations: {a: b}}}"},
		{name: "what every pod has", change: "podAnnotations: {a: b}", rolls: everyone},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			changed := workloads
			changed.files = append(slices.Clone(workloads.files), c.change)
			before, after := podTemplates(t, workloads), podTemplates(t, changed)
			require.Len(t, before, len(everyone))
			var rolls []string
			for _, workload := range slices.Sorted(maps.Keys(after)) {
				if !cmp.Equal(before[workload], after[workload]) {
					rolls = append(rolls, workload)
				}
			}
			require.ElementsMatch(t, c.rolls, rolls)
		})
	}
}

// podTemplates returns what the pods of each Deployment, CronJob and Job are made from, by kind and name.
func podTemplates(t *testing.T, values given) map[string]corev1.PodTemplateSpec {
	t.Helper()
	manifests, found := rendered(t, values), map[string]corev1.PodTemplateSpec{}
	for _, d := range all[*appsv1.Deployment](t, manifests) {
		found["Deployment/"+d.Name] = d.Spec.Template
	}
	for _, c := range all[*batchv1.CronJob](t, manifests) {
		found["CronJob/"+c.Name] = c.Spec.JobTemplate.Spec.Template
	}
	for _, j := range all[*batchv1.Job](t, manifests) {
		found["Job/"+j.Name] = j.Spec.Template
	}
	return found
}

// all returns the objects of a type.
func all[T render.Object](t *testing.T, manifests render.Manifests) []T {
	t.Helper()
	objects, err := render.All[T](manifests)
	require.NoError(t, err)
	return objects
}
