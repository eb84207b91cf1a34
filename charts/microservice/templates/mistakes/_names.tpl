{{/* YAML reads the names y, yes and on as true, and n, no and off as false: Helm never sees what was written. */}}
{{- define "microservice.mistakes.names" -}}
{{- include "microservice.mistakes.booleanNames" (list "" (omit .Values "extraObjects" "global")) }}
{{- end }}

{{- define "microservice.mistakes.booleanNames" -}}
{{- $path := index . 0 }}
{{- range $name, $value := index . 1 }}
{{- if and (has $name (list "true" "false")) (not (kindIs "invalid" $value)) }}
{{ $path }}{{ $name }}: is how YAML reads {{ eq $name "true" | ternary "y, yes and on" "n, no and off" }}; write the name in quotes, or another if it is {{ $name }} itself
{{- end }}
{{- if kindIs "map" $value }}{{ include "microservice.mistakes.booleanNames" (list (printf "%s%s." $path $name) $value) }}{{ end }}
{{- end }}
{{- end }}
