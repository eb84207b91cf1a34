{{/* Labels that selectors, people and Helm go by. */}}
{{- define "microservice.mistakes.labels" -}}
{{- $reserved := keys (include "microservice.labels" . | fromYaml) }}
{{- $maps := dict "labels" .Values.labels "podLabels" .Values.podLabels }}
{{- range $kind := list "grpcRoute" "httpRoute" "ingress" "service" "serviceAccount" }}{{ $_ := set $maps (print $kind ".labels") (index $.Values $kind).labels }}{{ end }}
{{- range $kind := list "jobs" "cronJobs" "tests" }}
{{- range $key, $job := index $.Values $kind }}{{ $_ := set $maps (printf "%s.%s.podLabels" $kind $key) ($job | default dict).podLabels }}{{ end }}
{{- end }}
{{- range $path, $labels := $maps }}
{{- range $label := include "microservice.names" $labels | splitList "\n" }}
{{- if has $label $reserved }}
{{ $path }}.{{ $label }}: is what the chart finds its objects by; give the label another name
{{- end }}
{{- end }}
{{- end }}
{{- end }}
