{{/* Labels of every object. No image tag among them: a new tag changes the Deployment and nothing else. */}}
{{- define "microservice.labels" -}}
{{ include "microservice.selector" . }}
{{ include "microservice.commonLabels" . }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels of a pod, whose `app` is the service's name or a job's: without the chart's version, so that a new chart restarts nobody. */}}
{{- define "microservice.podLabels" -}}
{{- $labels := include "microservice.commonLabels" .root | fromYaml | merge (dict "app" .app) }}
{{- merge $labels (.spec.podLabels | default dict) (.root.Values.podLabels | default dict) (.root.Values.labels | default dict) | include "microservice.yaml" }}
{{- end }}

{{- define "microservice.commonLabels" -}}
{{ include "microservice.placeLabels" . }}
app.kubernetes.io/name: {{ include "microservice.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* What Deployment and Service select: alone, since a Deployment's selector can never change. */}}
{{- define "microservice.selector" -}}
app: {{ include "microservice.name" . | quote }}
{{- end }}

{{/* Whose and where: the only labels that a namespace shared by services can carry. */}}
{{- define "microservice.placeLabels" -}}
client: {{ .Values.client | quote }}
env: {{ .Values.environment | quote }}
{{- end }}

{{/*
The head of every object. Its argument: the root; the object's name, if it is not the service's; and annotations and labels, if
it has any of its own. The chart's labels win.
*/}}
{{- define "microservice.metadata" -}}
{{- $root := index . 0 }}{{ $of := concat . (list "" "" "") -}}
name: {{ index $of 1 | default (include "microservice.name" $root) | quote }}
namespace: {{ include "microservice.namespace" $root | quote }}
labels:
  {{- merge (include "microservice.labels" $root | fromYaml) (index $of 3 | default dict) ($root.Values.labels | default dict) | include "microservice.yaml" | nindent 2 }}
{{- include "microservice.field" (list "annotations" (index $of 2)) }}
{{- end }}
