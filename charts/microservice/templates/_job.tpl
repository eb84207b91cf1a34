{{/*
The spec of a Job. Its argument is that of a pod. A job's pods bear an `app` of their own, and are of no use to probes,
spread or drain.
*/}}
{{- define "microservice.jobSpec" -}}
backoffLimit: {{ ternary 2 .spec.backoffLimit (kindIs "invalid" .spec.backoffLimit) | int }}
{{- range $field := list "activeDeadlineSeconds" "completions" "parallelism" "ttlSecondsAfterFinished" }}
{{- if not (kindIs "invalid" (index $.spec $field)) }}
{{ $field }}: {{ index $.spec $field | int }}
{{- end }}
{{- end }}
template:
  metadata:
    {{- include "microservice.pod.metadata" . | nindent 4 }}
  spec:
    {{- include "microservice.jobPodSpec" . | nindent 4 }}
{{- end }}

{{- define "microservice.jobPodSpec" -}}
{{ include "microservice.pod.spec" . }}
restartPolicy: {{ .spec.restartPolicy | default "Never" }}
{{- include "microservice.pod.initContainers" . }}
containers:
  - {{ include "microservice.container" (dict "root" .root "name" .key "spec" .spec) | nindent 4 | trim }}
{{- end }}

{{- define "microservice.hooksOf" -}}
{{ .hooks | default (list "pre-install" "pre-upgrade") | toYaml }}
{{- end }}

{{/* Annotations of a hook. Its argument: the hooks, and the weight. Removed once all hooks of the event have succeeded. */}}
{{- define "microservice.hookAnnotations" -}}
helm.sh/hook: {{ join "," (index . 0) }}
helm.sh/hook-weight: {{ index . 1 | int | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* The hooks at which the service's account is missing, and whether a cluster was asked: it has an account `default`. */}}
{{- define "microservice.accountOfJobs" -}}
{{- $hooks := list }}{{ $weight := 1000000 }}
{{- if .Values.serviceAccount.create }}
{{- range $job := .Values.jobs }}
{{- if and (not (kindIs "invalid" $job)) (not $job.serviceAccountName) }}
{{- $hooks = concat $hooks (include "microservice.hooksOf" $job | fromYamlArray) }}
{{- $weight = min $weight (sub ($job.weight | default 0) 1) }}
{{- end }}
{{- end }}
{{- end }}
{{- $missing := list }}
{{- range list "pre-install" "pre-upgrade" "post-delete" }}{{ if has . $hooks }}{{ $missing = append $missing . }}{{ end }}{{ end }}
{{- $asked := false }}
{{- if $missing }}
{{- $namespace := include "microservice.namespace" . }}
{{- if lookup "v1" "ServiceAccount" $namespace (include "microservice.serviceAccountName" .) }}
{{- $asked = true }}{{ $missing = without $missing "pre-install" "pre-upgrade" }}
{{- else if lookup "v1" "ServiceAccount" $namespace "default" }}
{{- $asked = true }}
{{- end }}
{{- end }}
{{- dict "asked" $asked "missing" $missing "weight" $weight | toYaml }}
{{- end }}
