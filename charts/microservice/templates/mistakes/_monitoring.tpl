{{- define "microservice.mistakes.monitoring" -}}
{{- $values := .Values }}
{{- with .Values.serviceMonitor }}
{{- if .enabled }}
{{- if not (index ($values.ports | default dict) .port) }}
serviceMonitor.port: "{{ .port }}" is not in ports ({{ include "microservice.portNames" $values }}); declare it there or name one that is
{{- end }}
{{- if not $values.service.enabled }}
serviceMonitor.enabled: is true but service.enabled is false, and a ServiceMonitor finds pods through their Service; turn one of them round
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.prometheusRule.enabled (not (include "microservice.names" .Values.prometheusRule.alerts)) }}
prometheusRule.alerts: is empty but prometheusRule.enabled is true; write an alert, or turn it off
{{- end }}
{{- end }}
