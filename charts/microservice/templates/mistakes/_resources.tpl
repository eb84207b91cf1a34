{{/* A request above the limit is often one of the defaults, under a limit that a service has lowered. */}}
{{- define "microservice.mistakes.resources" -}}
{{- $path := print (index . 0) "resources" }}{{ $resources := (index . 1).resources | default dict }}
{{- range $resource, $request := $resources.requests }}
{{- $limit := index ($resources.limits | default dict) $resource }}
{{- if not (or (kindIs "invalid" $request) (kindIs "invalid" $limit)) }}
{{- if gt (include "microservice.amount" $request | float64) (include "microservice.amount" $limit | float64) }}
{{ $path }}.requests.{{ $resource }}: {{ include "microservice.text" $request }} is more than {{ $path }}.limits.{{ $resource }}, {{ include "microservice.text" $limit }}; write less, or more there
{{- end }}
{{- end }}
{{- end }}
{{- end }}
