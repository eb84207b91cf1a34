{{/* What HTTPRoute and GRPCRoute share. Its argument: the root, and the values of the route. */}}
{{- define "microservice.routeParents" -}}
{{- $parents := list }}
{{- range $name, $parent := (index . 1).parentRefs }}
{{- if not (kindIs "invalid" $parent) }}{{ $parents = append $parents (merge (dict) $parent (dict "name" $name)) }}{{ end }}
{{- end -}}
parentRefs:
  {{- include "microservice.yaml" $parents | nindent 2 }}
{{- $hostnames := list }}
{{- range $hostname, $use := (index . 1).hostnames }}{{ if $use }}{{ $hostnames = append $hostnames (include "microservice.host" (list (index $ 0) $hostname)) }}{{ end }}{{ end }}
{{- include "microservice.field" (list "hostnames" $hostnames) }}
{{- end }}

{{/*
The service, and beside it the release that gets a share of the requests, if there is one: a canary is a release of its
own. Its argument: the root, the values of the route, and the name of a port.
*/}}
{{- define "microservice.routeBackends" -}}
{{- $root := index . 0 }}{{ $canary := (index . 1).canary }}
{{- $port := dig (index . 2) "port" 0 ($root.Values.ports | default dict) | int }}
{{- $weight := ternary (int $canary.weight) 0 (not (empty $canary.release)) -}}
- name: {{ include "microservice.name" $root | quote }}
  port: {{ $port }}
  weight: {{ sub 100 $weight }}
{{- if $canary.release }}
- name: {{ $canary.release | quote }}
  port: {{ $port }}
  weight: {{ $weight }}
{{- end }}
{{- end }}
