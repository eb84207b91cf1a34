{{/* What holds by default where mistakes are dear: see productionEnvironments. */}}
{{- define "microservice.mistakes.production" -}}
{{- if index (.Values.productionEnvironments | default dict) (.Values.environment | default "") }}
{{- $why := printf "in environment %s, which is one of productionEnvironments" .Values.environment }}
{{- $scaler := include "microservice.autoscaler" . }}
{{- $pods := include "microservice.minReplicas" . | int }}
{{- /* To scale to nothing is a decision of its own. */}}
{{- if not (or .Values.singleton (gt $pods 1) (and (ne $scaler "autoscaling") (eq $pods 0))) }}
{{ with $scaler }}{{ . }}.minReplicas{{ else }}replicas{{ end }}: one pod is not enough {{ $why }}; write at least 2, or singleton: true if it must never run twice
{{- end }}
{{- if not ((.Values.resources | default dict).limits | default dict).memory }}
resources.limits.memory: must be set {{ $why }}, or one pod can take its node down; write a limit, such as 128Mi
{{- end }}
{{- if not (or .Values.podDisruptionBudget.enabled .Values.singleton) }}
podDisruptionBudget.enabled: must be true {{ $why }}, or a node drain takes all pods at once
{{- end }}
{{- $tag := include "microservice.text" .Values.image.tag }}
{{- if and (not .Values.image.digest) (or (has $tag (list "latest" "dev" "stg" "prod" "master" "main")) (hasSuffix "-latest" $tag)) }}
image.tag: "{{ $tag }}" moves, so nobody could tell what ran or go back to it {{ $why }}; write the tag of one build, such as {{ .Values.environment }}-1, or a digest
{{- end }}
{{- end }}
{{- end }}
