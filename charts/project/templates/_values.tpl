{{/* A map without the entries that a later values file removed with null. */}}
{{- define "project.present" -}}
{{- $present := dict }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $present $key $value }}{{ end }}
{{- end }}
{{- toYaml $present }}
{{- end }}

{{/* Text of a scalar as it was written: whole numbers without exponent (YAML reads 5000000 as a float, which prints as 5e+06). */}}
{{- define "project.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}
{{ printf "%.0f" . }}
{{- else -}}
{{ . }}
{{- end }}
{{- end }}
