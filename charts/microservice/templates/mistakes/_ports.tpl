{{/* Two ports that are one: server-side apply refuses them, and a client-side patch loses one. */}}
{{- define "microservice.mistakes.ports" -}}
{{- $outside := and .Values.service.enabled (ne .Values.service.type "ClusterIP") (contains "\n- " (include "microservice.servicePorts" .)) }}
{{- with .Values.service }}
{{- if and (eq (toString .clusterIP) "None") (ne .type "ClusterIP") }}
service.clusterIP: is None, which service.type {{ .type }} cannot have; remove one of them
{{- end }}
{{- if and .externalTrafficPolicy (eq .type "ClusterIP") }}
service.externalTrafficPolicy: has no meaning with service.type ClusterIP, which nobody outside reaches; remove it
{{- end }}
{{- end }}
{{- $seen := dict }}
{{- range $name, $port := .Values.ports }}
{{- with $port }}
{{- if and $outside (kindIs "invalid" .service) }}
ports.{{ $name }}.service: is not written, and service.type {{ $.Values.service.type }} lets whoever is outside reach each port of the Service; write true or false
{{- end }}
{{- $protocol := .protocol | default "TCP" }}
{{- $numbers := dict "port" .port "containerPort" (.containerPort | default .port) }}
{{- with .nodePort }}
{{- $_ := set $numbers "nodePort" . }}
{{- if eq $.Values.service.type "ClusterIP" }}
ports.{{ $name }}.nodePort: has no meaning with service.type ClusterIP; remove it, or write type: NodePort
{{- end }}
{{- end }}
{{- range $field, $number := $numbers }}
{{- $key := printf "%s %d/%s" $field (int $number) $protocol }}
{{- with index $seen $key }}
ports.{{ $name }}.{{ $field }}: {{ int $number }}/{{ $protocol }} is that of ports.{{ . }} too; give it another number
{{- end }}
{{- $_ := set $seen $key $name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A port that something outside the pod leads to. Its argument: the path of its name, the name, and the values. */}}
{{- define "microservice.mistakes.servicePort" -}}
{{- $path := index . 0 }}{{ $name := index . 1 }}{{ $values := index . 2 }}
{{- $port := index ($values.ports | default dict) $name }}
{{- if not $port }}
{{ $path }}: "{{ $name }}" is not in ports ({{ include "microservice.portNames" $values }}); declare it there or name one that is
{{- else if not (include "microservice.onService" $port) }}
{{ $path }}: "{{ $name }}" is not on the Service, by ports.{{ $name }}.service: false; remove that, or name another port
{{- end }}
{{- end }}
