{{/* Probes and hooks of the service or of a sidecar, which has ports of its own. */}}
{{- define "microservice.mistakes.probes" -}}
{{- $prefix := index . 0 }}{{ $spec := index . 1 }}{{ $grace := index . 2 }}
{{- range $name := list "startupProbe" "readinessProbe" "livenessProbe" }}
{{- with index $spec $name }}
{{- include "microservice.mistakes.handlers" (list (print $prefix $name) . $spec (list "exec" "grpc" "httpGet" "tcpSocket")) }}
{{- if and (ne $name "readinessProbe") (gt (int .successThreshold) 1) }}
{{ $prefix }}{{ $name }}.successThreshold: is {{ int .successThreshold }}, but one success is enough for this probe; remove it
{{- end }}
{{- if and (eq $name "readinessProbe") .terminationGracePeriodSeconds }}
{{ $prefix }}readinessProbe.terminationGracePeriodSeconds: has no meaning, since this probe ends no container; remove it
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $hook := $spec.lifecycle }}
{{- with $hook }}
{{- include "microservice.mistakes.handlers" (list (printf "%slifecycle.%s" $prefix $name) . $spec (list "exec" "httpGet" "sleep")) }}
{{- /* For the service's preStop, with what it takes to end besides: see mistakes/_rollout.tpl. */}}
{{- if and (or $prefix (eq $name "postStart")) (gt (int (.sleep | default dict).seconds) $grace) }}
{{ $prefix }}lifecycle.{{ $name }}.sleep.seconds: {{ int .sleep.seconds }} is more than terminationGracePeriodSeconds, {{ $grace }}; write less, or more there
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Its argument: the path of a probe or hook, it, the container that it belongs to, and the handlers of which it has one. */}}
{{- define "microservice.mistakes.handlers" -}}
{{- $path := index . 0 }}{{ $of := index . 1 }}{{ $spec := index . 2 }}{{ $known := index . 3 }}
{{- $handlers := list }}
{{- range $known }}{{ if not (kindIs "invalid" (index $of .)) }}{{ $handlers = append $handlers . }}{{ end }}{{ end }}
{{- if ne (len $handlers) 1 }}
{{ $path }}: has {{ $handlers | join " and " | default "no handler" }}; keep one of {{ initial $known | join ", " }} and {{ last $known }}, and remove the others with null
{{- end }}
{{- range $handler := list "grpc" "httpGet" "tcpSocket" }}
{{- with index $of $handler }}
{{- if not .port }}
{{ $path }}.{{ $handler }}.port: is not there, since ports is empty; declare one, or write probes: none
{{- end }}
{{- if and (kindIs "string" .port) (not (index ($spec.ports | default dict) .port)) }}
{{ $path }}.{{ $handler }}.port: "{{ .port }}" is not in ports ({{ include "microservice.portNames" $spec }}); declare it there, name one that is, or remove the {{ has "sleep" $known | ternary "hook" "probe" }} with {{ $path }}: null
{{- end }}
{{- end }}
{{- end }}
{{- end }}
