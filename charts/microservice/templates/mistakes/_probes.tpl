{{- define "microservice.mistakes.probes" -}}
{{- $values := .Values }}
{{- range $name := list "startupProbe" "readinessProbe" "livenessProbe" }}
{{- with index $values $name }}
{{- $handlers := list }}
{{- range $handler, $_ := pick . "exec" "grpc" "httpGet" "tcpSocket" }}{{ if $_ }}{{ $handlers = append $handlers $handler }}{{ end }}{{ end }}
{{- if ne (len $handlers) 1 }}
{{ $name }}: has {{ $handlers | join " and " | default "no handler" }}; keep one of exec, grpc, httpGet and tcpSocket, and remove the others with null
{{- end }}
{{- range $handler := list "httpGet" "tcpSocket" }}
{{- with index (index $values $name) $handler }}
{{- if and (kindIs "string" .port) (not (index ($values.ports | default dict) .port)) }}
{{ $name }}.{{ $handler }}.port: "{{ .port }}" is not in ports ({{ include "microservice.portNames" $values }}); declare it there, name one that is, or remove the probe with {{ $name }}: null
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
