{{- define "microservice.mistakes.rollout" -}}
{{- $rolling := .Values.strategy.rollingUpdate | default dict }}
{{- if and (eq (include "microservice.strategyType" .) "Recreate") (include "microservice.names" $rolling) }}
strategy.rollingUpdate: has no meaning with {{ .Values.singleton | ternary "singleton: true" "strategy.type Recreate" }}; remove it{{ if not .Values.singleton }}, or write type: RollingUpdate{{ end }}
{{- end }}
{{- if and (has (toString $rolling.maxSurge) (list "0" "0%")) (has (toString $rolling.maxUnavailable) (list "0" "0%" "<nil>")) }}
strategy.rollingUpdate.maxSurge: {{ $rolling.maxSurge }} and no pod may be unavailable, so no pod could ever be replaced; write at least 1
{{- end }}
{{- $sleep := dig "lifecycle" "preStop" "sleep" "seconds" 0 (include "microservice.ownContainer" . | fromJson) | int }}
{{- $need := add $sleep (int .Values.shutdownSeconds) }}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $need) }}
terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }} is less than lifecycle.preStop.sleep.seconds ({{ $sleep }}){{ with .Values.shutdownSeconds }} and shutdownSeconds ({{ int . }}) together{{ end }}: the service would be killed while it drains; write at least {{ $need }}
{{- end }}
{{- if le (int .Values.progressDeadlineSeconds) (int .Values.minReadySeconds) }}
progressDeadlineSeconds: {{ int .Values.progressDeadlineSeconds }} is not more than minReadySeconds, {{ int .Values.minReadySeconds }}, so that no rollout could end in time; write more, or less there
{{- end }}
{{- end }}
