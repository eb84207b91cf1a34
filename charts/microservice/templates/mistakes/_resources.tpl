{{/* A request above the limit is often one of the defaults, under a limit that a service has lowered. */}}
{{- define "microservice.mistakes.resources" -}}
{{- $path := print (index . 0) "resources" }}{{ $resources := (index . 1).resources | default dict }}
{{- range $resource, $request := $resources.requests }}
{{- include "microservice.mistakes.bytes" (list (printf "%s.requests.%s" $path $resource) $resource $request) }}
{{- $limit := index ($resources.limits | default dict) $resource }}
{{- if not (or (kindIs "invalid" $request) (kindIs "invalid" $limit)) }}
{{- if gt (include "microservice.amount" $request | float64) (include "microservice.amount" $limit | float64) }}
{{ $path }}.requests.{{ $resource }}: {{ include "microservice.text" $request }} is more than {{ $path }}.limits.{{ $resource }}, {{ include "microservice.text" $limit }}; write less, or more there
{{- end }}
{{- end }}
{{- end }}
{{- range $resource, $limit := $resources.limits }}
{{- include "microservice.mistakes.bytes" (list (printf "%s.limits.%s" $path $resource) $resource $limit) }}
{{- end }}
{{- end }}

{{/* Less than any program needs: 512m is half a byte. Its argument: the path, the resource, and the amount. */}}
{{- define "microservice.mistakes.bytes" -}}
{{- if and (has (index . 1) (list "memory" "ephemeral-storage" "storage")) (not (kindIs "invalid" (index . 2))) }}
{{- $text := include "microservice.text" (index . 2) }}
{{- $bytes := include "microservice.amount" (index . 2) | float64 }}
{{- if and (gt $bytes 0.0) (lt $bytes 1048576.0) }}
{{ index . 0 }}: {{ $text }} is less than a mebibyte; write the unit, such as {{ regexFind "^[0-9]+" $text | default "64" }}Mi
{{- end }}
{{- end }}
{{- end }}
