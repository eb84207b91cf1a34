{{/*
Text of a scalar as it was written: whole numbers without exponent (YAML reads 20250811 as a float, which prints as
2.0250811e+07), all else as it is.
*/}}
{{- define "microservice.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}
{{ printf "%.0f" . }}
{{- else -}}
{{ . }}
{{- end }}
{{- end }}
