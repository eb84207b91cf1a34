{{/*
Text of a scalar as it was written. YAML reads 20250811 as a float, which prints as 2.0250811e+07; as JSON it is 20250811.
*/}}
{{- define "microservice.text" -}}
{{- if kindIs "float64" . -}}
{{ toJson . }}
{{- else -}}
{{ . }}
{{- end }}
{{- end }}

{{/* A value as YAML, without what is null: over an earlier values file, a null is left to the templates. */}}
{{- define "microservice.yaml" -}}
{{- include "microservice.prune" . }}
{{- toYaml . }}
{{- end }}

{{/* A field in a line of its own, without what is null, unless it is empty. Its argument: its name, and its value. */}}
{{- define "microservice.field" -}}
{{- with index . 1 }}
{{ index $ 0 }}:{{ has (kindOf .) (list "map" "slice") | ternary "\n  " " " }}{{ include "microservice.yaml" . | indent 2 | trimPrefix "  " }}
{{- end }}
{{- end }}

{{/* The entries of a map as a list in the order of their names, without what is null; empty if there are none. */}}
{{- define "microservice.list" -}}
{{- $list := list }}
{{- range . }}{{ if not (kindIs "invalid" .) }}{{ $list = append $list . }}{{ end }}{{ end }}
{{- with $list }}{{ include "microservice.yaml" . }}{{ end }}
{{- end }}

{{/* The names in a map whose entries are not null, a line each; empty if there are none. */}}
{{- define "microservice.names" -}}
{{- range $name, $entry := . }}{{ if not (kindIs "invalid" $entry) }}{{ println $name }}{{ end }}{{ end }}
{{- end }}

{{- define "microservice.prune" -}}
{{- if kindIs "map" . }}
{{- $map := . }}
{{- range $key, $value := $map }}
{{- if kindIs "invalid" $value }}{{ $_ := unset $map $key }}{{ else }}{{ include "microservice.prune" $value }}{{ end }}
{{- end }}
{{- else if kindIs "slice" . }}
{{- range . }}{{ include "microservice.prune" . }}{{ end }}
{{- end }}
{{- end }}
