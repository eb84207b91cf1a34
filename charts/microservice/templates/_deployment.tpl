{{/*
Number of pods. With an autoscaler it is the live number, or the least if there is none: leaving `replicas` out once it
was in a manifest lets the API server set it to 1 for a moment, and any other number fights the autoscaler
(docs/autoscaling.md). `replicas: null` leaves it out, for those who render without a cluster (docs/gitops.md).
*/}}
{{- define "microservice.replicas" -}}
{{- if kindIs "invalid" .Values.replicas -}}
{{- else if include "microservice.autoscaler" . -}}
{{- $live := lookup "apps/v1" "Deployment" (include "microservice.namespace" .) (include "microservice.name" .) -}}
{{ max (include "microservice.minReplicas" . | int) (dig "spec" "replicas" 0 ($live | default dict) | int) }}
{{- else -}}
{{ include "microservice.minReplicas" . }}
{{- end }}
{{- end }}

{{/* `Recreate` where no two pods may run at once. */}}
{{- define "microservice.strategyType" -}}
{{ .Values.singleton | ternary "Recreate" .Values.strategy.type }}
{{- end }}

{{/* The values of the autoscaler that is on: `autoscaling` or `keda`; empty if none is. */}}
{{- define "microservice.autoscaler" -}}
{{- if .Values.autoscaling.enabled }}autoscaling{{ else if .Values.keda.enabled }}keda{{ end }}
{{- end }}

{{/* The least number of pods that there are to be. */}}
{{- define "microservice.minReplicas" -}}
{{- $autoscaler := include "microservice.autoscaler" . }}
{{- $min := .Values.singleton | ternary 1 .Values.replicas }}
{{- if $autoscaler }}
{{- $own := (index .Values $autoscaler).minReplicas }}
{{- if not (kindIs "invalid" $own) }}{{ $min = $own }}{{ end }}
{{- end }}
{{- int $min }}
{{- end }}

{{/* The pipeline's links stand on the Deployment alone: on the pods they would restart them. */}}
{{- define "microservice.deploymentAnnotations" -}}
{{- $annotations := merge (dict) (.Values.annotations | default dict) }}
{{- range $key, $value := .Values.provenance }}
{{- if $value }}{{ $_ := set $annotations (printf "gitlab-ci/%s" (kebabcase $key)) (include "microservice.text" $value) }}{{ end }}
{{- end }}
{{- toYaml $annotations }}
{{- end }}
