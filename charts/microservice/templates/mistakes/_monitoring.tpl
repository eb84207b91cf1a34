{{- define "microservice.mistakes.monitoring" -}}
{{- $values := .Values }}
{{- with .Values.serviceMonitor }}
{{- if .enabled }}
{{- include "microservice.mistakes.servicePort" (list "serviceMonitor.port" .port $values) }}
{{- if not $values.service.enabled }}
serviceMonitor.enabled: is true but service.enabled is false, and a ServiceMonitor finds pods through their Service; turn one of them round
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.prometheusRule.enabled (not (include "microservice.names" .Values.prometheusRule.alerts)) }}
prometheusRule.alerts: is empty but prometheusRule.enabled is true; write an alert, or turn it off
{{- end }}
{{- end }}
