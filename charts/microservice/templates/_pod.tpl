{{/* The service's pod: what it is made of, in the order of the API reference. */}}
{{- define "microservice.pod" -}}
metadata:
  labels:
    {{- include "microservice.podLabels" . | nindent 4 }}
  {{- with include "microservice.podAnnotations" . }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "microservice.serviceAccountName" . }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
  {{- /* FOO_PORT=tcp://… of a service FOO would shadow its own variables. */}}
  enableServiceLinks: false
  {{- with include "microservice.pod.imagePullSecrets" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  containers:
    - {{ include "microservice.container" . | nindent 6 | trim }}
  {{- with include "microservice.pod.volumes" . }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "microservice.podAnnotations" -}}
{{- $annotations := merge (include "microservice.yaml" .Values.podAnnotations | fromYaml) (include "microservice.configAnnotations" . | fromYaml) }}
{{- with $annotations }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "microservice.pod.imagePullSecrets" -}}
{{- $secrets := list }}
{{- range $secret, $use := .Values.imagePullSecrets }}
{{- if $use }}{{ $secrets = append $secrets (dict "name" $secret) }}{{ end }}
{{- end }}
{{- with $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "microservice.pod.volumes" -}}
{{- $volumes := list }}
{{- with include "microservice.configMapName" . }}
{{- $volumes = append $volumes (dict "name" "config" "configMap" (dict "name" .)) }}
{{- end }}
{{- range $name, $volume := .Values.volumes }}
{{- with $volume }}
{{- $volumes = append $volumes (omit . "mountPath" "subPath" "readOnly" | merge (dict "name" $name)) }}
{{- end }}
{{- end }}
{{- with $volumes -}}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
