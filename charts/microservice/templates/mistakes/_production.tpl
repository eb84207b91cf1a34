{{/* What holds by default where mistakes are dear: see productionEnvironments. */}}
{{- define "microservice.mistakes.production" -}}
{{- if index (.Values.productionEnvironments | default dict) (.Values.environment | default "") }}
{{- $why := printf "in environment %s, which is one of productionEnvironments" .Values.environment }}
{{- if lt (include "microservice.minReplicas" . | int) 2 }}
{{ with include "microservice.autoscaler" . }}{{ . }}.minReplicas{{ else }}replicas{{ end }}: one pod is not enough {{ $why }}; write at least 2
{{- end }}
{{- if not ((.Values.resources | default dict).limits | default dict).memory }}
resources.limits.memory: must be set {{ $why }}, or one pod can take its node down; write a limit, such as 128Mi
{{- end }}
{{- if not .Values.podDisruptionBudget.enabled }}
podDisruptionBudget.enabled: must be true {{ $why }}, or a node drain takes all pods at once
{{- end }}
{{- $tag := include "microservice.text" .Values.image.tag }}
{{- if and (not .Values.image.digest) (or (has $tag (list "latest" "dev" "stg" "prod" "master" "main")) (hasSuffix "-latest" $tag)) }}
image.tag: "{{ $tag }}" moves, so nobody could tell what ran or go back to it {{ $why }}; write the tag of one build, such as {{ .Values.environment }}-1, or a digest
{{- end }}
{{- end }}
{{- end }}
