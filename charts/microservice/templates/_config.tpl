{{/* The chart's own configuration files, as data of a ConfigMap; empty if there are none. */}}
{{- define "microservice.configFiles" -}}
{{- $files := dict }}
{{- range $file, $content := .Values.config.files }}
{{- if kindIs "map" $content }}
{{- $_ := set $files $file (hasSuffix ".json" $file | ternary (toPrettyJson $content) (toYaml $content) | printf "%s\n") }}
{{- else if not (kindIs "invalid" $content) }}
{{- $_ := set $files $file $content }}
{{- end }}
{{- end }}
{{- with $files }}{{ include "microservice.yaml" . }}{{ end }}
{{- end }}

{{/* Annotations that roll the pods when the configuration that they mount changes. */}}
{{- define "microservice.configAnnotations" -}}
{{- if .Values.config.existingConfigMap }}
{{- if not (has .Values.config.revision (list nil "")) }}
config/revision: {{ include "microservice.text" .Values.config.revision | quote }}
{{- end }}
{{- else }}
{{- with include "microservice.configFiles" . }}
checksum/config: {{ sha256sum . | quote }}
{{- end }}
{{- end }}
{{- end }}
