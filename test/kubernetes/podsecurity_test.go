package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPodSecurity(t *testing.T) {
	cron := Parse([]byte("{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {hostNetwork: true, restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}"))
	for level, want := range map[string][]string{
		"privileged": nil,
		"baseline":   {"spec.jobTemplate.spec.template.spec: host namespaces (hostNetwork=true)"},
		"restricted": {
			"spec.jobTemplate.spec.template.spec: host namespaces (hostNetwork=true)",
			`spec.jobTemplate.spec.template.spec: allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)`,
			`spec.jobTemplate.spec.template.spec: unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])`,
			`spec.jobTemplate.spec.template.spec: runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)`,
			`spec.jobTemplate.spec.template.spec: seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
		},
	} {
		problems, err := Version("1.30").PodSecurity(cron, level)
		require.NoError(t, err)
		var said []string
		for _, problem := range problems {
			require.Equal(t, PodSecurity, problem.Source)
			said = append(said, problem.String())
		}
		require.Equal(t, want, said)
	}
	_, err := Version("1.30").PodSecurity(cron, "strict")
	require.ErrorContains(t, err, "strict")

	problems, err := Version("1.30").PodSecurity(Parse([]byte("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")), "restricted")
	require.NoError(t, err)
	require.Empty(t, problems, "makes no pods")
}

// What a level refuses depends on the version: since 1.34 baseline admits no host in a probe.
func TestPodSecurityPerVersion(t *testing.T) {
	pod := Parse([]byte("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a, livenessProbe: {httpGet: {host: example.com, port: 80}}}]}}"))
	for _, version := range Versions() {
		problems, err := version.PodSecurity(pod, "baseline")
		require.NoError(t, err)
		require.Equal(t, version >= "1.34", len(problems) > 0, "%s: %v", version, problems)
	}
}
