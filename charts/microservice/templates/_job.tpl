{{/*
The spec of a Job. Its argument is that of a pod. A job's pods bear an `app` of their own, and are of no use to probes,
spread or drain.
*/}}
{{- define "microservice.jobSpec" -}}
backoffLimit: {{ ternary 2 .spec.backoffLimit (kindIs "invalid" .spec.backoffLimit) | int }}
{{- range $field := list "activeDeadlineSeconds" "ttlSecondsAfterFinished" }}
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
containers:
  - {{ include "microservice.container" (dict "root" .root "name" .key "spec" .spec) | nindent 4 | trim }}
{{- end }}

{{/* Annotations of a hook. Its argument: the hooks, and the weight. Removed once all hooks of the event have succeeded. */}}
{{- define "microservice.hookAnnotations" -}}
helm.sh/hook: {{ join "," (index . 0) }}
helm.sh/hook-weight: {{ index . 1 | int | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
