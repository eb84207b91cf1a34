{{- define "project.labels" -}}
{{ include "project.placeLabels" . }}
app.kubernetes.io/name: {{ include "project.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Whose and where. */}}
{{- define "project.placeLabels" -}}
client: {{ .Values.client | quote }}
env: {{ .Values.environment | quote }}
{{- end }}
