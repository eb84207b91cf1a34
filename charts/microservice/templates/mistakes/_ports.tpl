{{/* Two ports that are one: server-side apply refuses them, and a client-side patch loses one. */}}
{{- define "microservice.mistakes.ports" -}}
{{- $seen := dict }}
{{- range $name, $port := .Values.ports }}
{{- with $port }}
{{- $protocol := .protocol | default "TCP" }}
{{- range $field, $number := dict "port" .port "containerPort" (.containerPort | default .port) }}
{{- $key := printf "%s %d/%s" $field (int $number) $protocol }}
{{- with index $seen $key }}
ports.{{ $name }}.{{ $field }}: {{ int $number }}/{{ $protocol }} is that of ports.{{ . }} too; give it another number
{{- end }}
{{- $_ := set $seen $key $name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
