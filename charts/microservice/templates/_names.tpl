{{/* Name of every object: the release's, never with the kind in front or behind. */}}
{{- define "microservice.name" -}}
{{ .Release.Name }}
{{- end }}

{{/* Namespace of every object. */}}
{{- define "microservice.namespace" -}}
{{ .Values.namespace.name | default .Release.Namespace }}
{{- end }}

{{- define "microservice.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "microservice.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/* ConfigMap that the pods mount; empty if they mount none. */}}
{{- define "microservice.configMapName" -}}
{{- if .Values.config.existingConfigMap -}}
{{ .Values.config.existingConfigMap }}
{{- else if include "microservice.configFiles" . -}}
{{ include "microservice.name" . }}
{{- end }}
{{- end }}
