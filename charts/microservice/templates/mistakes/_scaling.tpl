{{- define "microservice.mistakes.scaling" -}}
{{- $values := .Values }}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled }}
keda.enabled: is true and so is autoscaling.enabled; two autoscalers fight over the number of pods, turn one off
{{- end }}
{{- if kindIs "invalid" .Values.replicas }}
{{- $scaler := include "microservice.autoscaler" . }}
{{- if not $scaler }}
replicas: is null, and no autoscaler is there to say how many; write a number
{{- else if kindIs "invalid" (index .Values $scaler).minReplicas }}
{{ $scaler }}.minReplicas: is replicas by default, which is null; write a number
{{- end }}
{{- end }}
{{- $min := include "microservice.minReplicas" . | int }}
{{- if .Values.singleton }}
{{- with include "microservice.autoscaler" . }}
singleton: is true and so is {{ . }}.enabled, which is there to make more pods than one; turn one of them round
{{- end }}
{{- if gt (int .Values.replicas) 2 }}
singleton: is true, so there is one pod, and replicas is {{ int .Values.replicas }}; remove one of them
{{- end }}
{{- end }}
{{- with include "microservice.autoscaler" . }}
{{- $scaler := index $values . }}
{{- if gt $min (int $scaler.maxReplicas) }}
{{ . }}.minReplicas: {{ $min }} is more than {{ . }}.maxReplicas, {{ int $scaler.maxReplicas }}; write less, or more there
{{- end }}
{{- if and (not (kindIs "invalid" $values.replicas)) (gt $min (int $values.replicas)) }}
{{ . }}.minReplicas: {{ $min }} is more than replicas, {{ int $values.replicas }}, to which the service would drop when the autoscaler is turned off; write replicas: {{ $min }}
{{- end }}
{{- end }}
{{- if .Values.autoscaling.enabled }}
{{- if lt $min 1 }}
autoscaling.minReplicas: is 0, to which a HorizontalPodAutoscaler cannot scale; write at least 1, or use keda
{{- end }}
{{- range $resource := list "cpu" "memory" }}
{{- if index $values.autoscaling (printf "%sUtilization" $resource) }}
{{- if not (index (($values.resources | default dict).requests | default dict) $resource) }}
autoscaling.{{ $resource }}Utilization: is a share of the request, and resources.requests.{{ $resource }} is not set; set it, or remove the metric with null
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.autoscaling }}
{{- if not (or .cpuUtilization .memoryUtilization (include "microservice.names" .metrics)) }}
autoscaling.metrics: is empty, and so are cpuUtilization and memoryUtilization; write one of them
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.keda.enabled (not (include "microservice.names" .Values.keda.triggers)) }}
keda.triggers: is empty; write what to scale on, or use autoscaling
{{- end }}
{{- with .Values.podDisruptionBudget }}
{{- if and .enabled (gt $min 1) }}
{{- if kindIs "invalid" .minAvailable }}
{{- if kindIs "invalid" .maxUnavailable }}
podDisruptionBudget.maxUnavailable: is null, and so is minAvailable; write one of them, such as maxUnavailable: 1
{{- else if has (toString .maxUnavailable) (list "0" "0%") }}
podDisruptionBudget.maxUnavailable: {{ .maxUnavailable }} forbids every eviction, so no node can be drained; write at least 1
{{- end }}
{{- else if or (eq (toString .minAvailable) "100%") (and (not (kindIs "string" .minAvailable)) (ge (int .minAvailable) $min)) }}
podDisruptionBudget.minAvailable: {{ .minAvailable }} of {{ $min }} pods forbids every eviction, so no node can be drained; write less
{{- end }}
{{- end }}
{{- end }}
{{- end }}
