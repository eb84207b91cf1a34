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

{{/* A map as YAML without the entries that are null: over an earlier values file, a null is left to the templates. */}}
{{- define "microservice.yaml" -}}
{{- $kept := dict }}
{{- range $key, $value := . }}
{{- if kindIs "map" $value }}
{{- $_ := set $kept $key (include "microservice.yaml" $value | fromYaml) }}
{{- else if not (kindIs "invalid" $value) }}
{{- $_ := set $kept $key $value }}
{{- end }}
{{- end }}
{{- toYaml $kept }}
{{- end }}
