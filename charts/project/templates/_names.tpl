{{/* Name of the project: of its namespace, and of the objects that are there for all of it. */}}
{{- define "project.name" -}}
{{ .Values.namespace.name | default .Release.Name }}
{{- end }}

{{/* The head of every object but the namespace. Its argument: the root, and the object's name if it is not the project's. */}}
{{- define "project.metadata" -}}
{{- $root := index . 0 -}}
name: {{ if gt (len .) 1 }}{{ index . 1 }}{{ else }}{{ include "project.name" $root }}{{ end }}
namespace: {{ include "project.name" $root }}
labels:
  {{- include "project.labels" $root | nindent 2 }}
{{- end }}
