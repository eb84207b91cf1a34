package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

func TestCronJobs(t *testing.T) {
	byDefault := func() batchv1.CronJobSpec {
		return batchv1.CronJobSpec{
			Schedule: "30 2 * * *", Suspend: ptr.To(false), ConcurrencyPolicy: batchv1.ForbidConcurrent,
			SuccessfulJobsHistoryLimit: ptr.To[int32](3), FailedJobsHistoryLimit: ptr.To[int32](1),
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{BackoffLimit: ptr.To[int32](2)}},
		}
	}
	const clean = `cronJobs: {clean: {schedule: "30 2 * * *"}}`
	cases := []struct {
		name   string
		values given
		want   func(*batchv1.CronJobSpec)
	}{
		{name: "by default", values: yaml(clean), want: func(*batchv1.CronJobSpec) {}},
		{name: "other settings", values: yaml(clean, `
cronJobs:
  clean:
    schedule: "@hourly"
    timeZone: Europe/Berlin
    suspend: true
    concurrencyPolicy: Replace
    startingDeadlineSeconds: 60
    successfulJobsHistoryLimit: 1
    failedJobsHistoryLimit: 5
    backoffLimit: 4
    activeDeadlineSeconds: 600
    ttlSecondsAfterFinished: 3600
`), want: func(spec *batchv1.CronJobSpec) {
			*spec = batchv1.CronJobSpec{
				Schedule: "@hourly", TimeZone: ptr.To("Europe/Berlin"), Suspend: ptr.To(true), ConcurrencyPolicy: batchv1.ReplaceConcurrent,
				StartingDeadlineSeconds: ptr.To[int64](60), SuccessfulJobsHistoryLimit: ptr.To[int32](1), FailedJobsHistoryLimit: ptr.To[int32](5),
				JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{
					BackoffLimit: ptr.To[int32](4), ActiveDeadlineSeconds: ptr.To[int64](600), TTLSecondsAfterFinished: ptr.To[int32](3600),
				}},
			}
		}},
		{name: "zeros are kept", values: yaml(clean, "cronJobs: {clean: {startingDeadlineSeconds: 0, successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0, backoffLimit: 0, ttlSecondsAfterFinished: 0}}"), want: func(spec *batchv1.CronJobSpec) {
			spec.StartingDeadlineSeconds = ptr.To[int64](0)
			spec.SuccessfulJobsHistoryLimit, spec.FailedJobsHistoryLimit = ptr.To[int32](0), ptr.To[int32](0)
			spec.JobTemplate.Spec.BackoffLimit, spec.JobTemplate.Spec.TTLSecondsAfterFinished = ptr.To[int32](0), ptr.To[int32](0)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cronJob, err := render.Get[*batchv1.CronJob](rendered(t, c.values), name+"-clean")
			require.NoError(t, err)
			pod := cronJob.Spec.JobTemplate.Spec.Template
			require.Equal(t, name+".clean", pod.Labels["app"])
			require.Equal(t, name, pod.Spec.ServiceAccountName)
			cronJob.Spec.JobTemplate.Spec.Template = batchv1.JobSpec{}.Template
			want := byDefault()
			c.want(&want)
			require.Equal(t, want, cronJob.Spec)
		})
	}
}

// It runs beside the service, not in a hook: it uses the service's configuration.
func TestCronJobsMountTheServicesConfiguration(t *testing.T) {
	cronJob, err := render.Get[*batchv1.CronJob](rendered(t, yaml(`{config: {files: {a: b}}, cronJobs: {clean: {schedule: "@daily"}}}`)), name+"-clean")
	require.NoError(t, err)
	require.Empty(t, cronJob.Annotations)
	require.Equal(t, name, cronJob.Spec.JobTemplate.Spec.Template.Spec.Volumes[0].ConfigMap.Name)
}

func TestNoCronJobs(t *testing.T) {
	none[*batchv1.CronJob](t, rendered(t, yaml()))
	none[*batchv1.CronJob](t, rendered(t, yaml(`cronJobs: {clean: {schedule: "@daily"}}`, "cronJobs: {clean: null}")))
}
