{{/* Labels of every object. No image tag among them: a new tag changes the Deployment and nothing else. */}}
{{- define "microservice.labels" -}}
{{ include "microservice.podLabels" . }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels of the service's pods: without the chart's version, so that a new chart restarts nobody. */}}
{{- define "microservice.podLabels" -}}
{{ include "microservice.selector" . }}
{{ include "microservice.placeLabels" . }}
app.kubernetes.io/name: {{ include "microservice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* What Deployment and Service select: alone, since a Deployment's selector can never change. */}}
{{- define "microservice.selector" -}}
app: {{ include "microservice.name" . }}
{{- end }}

{{/* Whose and where: the only labels that a namespace shared by services can carry. */}}
{{- define "microservice.placeLabels" -}}
client: {{ .Values.client | quote }}
env: {{ .Values.environment | quote }}
{{- end }}
