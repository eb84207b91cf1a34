{{- define "microservice.mistakes.ingress" -}}
{{- $values := .Values }}
{{- with .Values.ingress }}
{{- if .enabled }}
{{- range $host, $rule := .hosts }}
{{- if not (kindIs "invalid" $rule) }}
{{- include "microservice.mistakes.host" (list "ingress.hosts" $host $values) }}
{{- if regexMatch "^[0-9]+(\\.[0-9]+){3}$" $host }}
ingress.hosts.{{ $host }}: is an address; write the name of a host
{{- end }}
{{- range $path, $backend := $rule.paths }}
{{- if not (kindIs "invalid" $backend) }}
{{- if and (ne ($backend.pathType | default "Prefix") "ImplementationSpecific") (regexMatch (include "microservice.mistakes.badPath" .) $path) }}
ingress.hosts.{{ $host }}.paths.{{ $path }}: has an empty element, ".", ".." or %2F; write the path without, or pathType: ImplementationSpecific
{{- end }}
{{- if and (ne ($backend.pathType | default "Prefix") "ImplementationSpecific") (regexMatch "[][{}|^\\\\]|\\(.*[*+?].*\\)|\\.[*+]|[$*]$" $path) }}
ingress.hosts.{{ $host }}.paths.{{ $path }}: looks like a pattern, of which pathType {{ $backend.pathType | default "Prefix" }} takes each character as it is; write pathType: ImplementationSpecific, or the path without
{{- end }}
{{- $port := $backend.port | default "http" }}
{{- include "microservice.mistakes.servicePort" (list (printf "ingress.hosts.%s.paths.%s.port" $host $path) $port $values) }}
{{- end }}
{{- end }}
{{- if not (include "microservice.names" $rule.paths) }}
ingress.hosts.{{ $host }}.paths: is empty; write the paths that lead to the service, such as paths: {"/": {}}
{{- end }}
{{- end }}
{{- end }}
{{- if not (include "microservice.names" .hosts) }}
ingress.hosts: is empty but ingress.enabled is true; write a host, such as api.example.com: {paths: {"/": {}}}
{{- end }}
{{- if not $values.service.enabled }}
ingress.enabled: is true but service.enabled is false, so the Ingress has nothing to lead to; turn one of them round
{{- end }}
{{- if and .className (index (.annotations | default dict) "kubernetes.io/ingress.class") }}
ingress.annotations.kubernetes.io/ingress.class: is what ingress.className replaced, and that is set; remove the annotation
{{- end }}
{{- if and .tls.clusterIssuer .tls.issuer }}
ingress.tls.issuer: is set and so is ingress.tls.clusterIssuer; a certificate has one issuer, remove the other
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* What neither an Ingress nor an HTTPRoute takes in a path that is no pattern. */}}
{{- define "microservice.mistakes.badPath" -}}
//|/\.\.?(/|$)|%2[fF]
{{- end }}

{{/* Milliseconds of a duration: https://gateway-api.sigs.k8s.io/geps/gep-2257/ */}}
{{- define "microservice.milliseconds" -}}
{{- $sum := 0.0 }}
{{- range regexFindAll "[0-9]+(ms|[hms])" (. | default "") -1 }}
{{- $sum = addf $sum (mulf (regexFind "[0-9]+" . | float64) (get (dict "h" 3600000 "m" 60000 "s" 1000 "ms" 1) (regexFind "[a-z]+" .))) }}
{{- end }}
{{- $sum }}
{{- end }}

{{- define "microservice.mistakes.routes" -}}
{{- $values := .Values }}
{{- range $kind, $of := dict "httpRoute" (dict "rules" "paths" "port" "http") "grpcRoute" (dict "rules" "services" "port" "grpc") }}
{{- $route := index $values $kind }}
{{- if $route.enabled }}
{{- range $field := list "parentRefs" $of.rules }}
{{- $entries := include "microservice.names" (index $route $field) | trim | splitList "\n" }}
{{- if not (first $entries) }}
{{ $kind }}.{{ $field }}: is empty but {{ $kind }}.enabled is true; write {{ eq $field "parentRefs" | ternary "the Gateway, such as parentRefs: {the-gateway: {}}" (printf "what leads to the service, such as %s" (eq $field "paths" | ternary "paths: {\"/\": {}}" "services: {the.package.Service: {}}")) }}
{{- else if gt (len $entries) 16 }}
{{ $kind }}.{{ $field }}: has {{ len $entries }} entries, and a route takes 16; move the others to a second release's or to extraObjects
{{- end }}
{{- end }}
{{- range $hostname, $use := $route.hostnames }}
{{- if $use }}{{ include "microservice.mistakes.host" (list (print $kind ".hostnames") $hostname $values) }}{{ end }}
{{- end }}
{{- range $name, $rule := index $route $of.rules }}
{{- if not (kindIs "invalid" $rule) }}
{{- if and (eq $kind "httpRoute") (ne ($rule.type | default "PathPrefix") "RegularExpression") (regexMatch (printf "%s|[^-A-Za-z0-9/._~!$&'()*+,;=:@%%]|%%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)" (include "microservice.mistakes.badPath" .)) $name) }}
httpRoute.paths.{{ $name }}: has an empty element, ".", "..", %2F or a character that is to be percent-encoded; write the path without, or type: RegularExpression
{{- end }}
{{- with $rule.timeouts }}
{{- $request := include "microservice.milliseconds" .request | float64 }}
{{- if and $request (gt (include "microservice.milliseconds" .backendRequest | float64) $request) }}
httpRoute.paths.{{ $name }}.timeouts.backendRequest: {{ .backendRequest }} is more than timeouts.request, {{ .request }}, of which it is a part; write less, or more there
{{- end }}
{{- end }}
{{- range $filter := $rule.filters }}
{{- if and (ne ($rule.type | default "PathPrefix") "PathPrefix") (not (kindIs "invalid" (($filter.urlRewrite | default dict).path | default dict).replacePrefixMatch)) }}
httpRoute.paths.{{ $name }}.type: is {{ $rule.type }}, of which a filter cannot replace the prefix; write PathPrefix, or replaceFullPath in the filter
{{- end }}
{{- end }}
{{- $port := $rule.port | default $of.port }}
{{- include "microservice.mistakes.servicePort" (list (printf "%s.%s.%s.port" $kind $of.rules $name) $port $values) }}
{{- end }}
{{- end }}
{{- if not $values.service.enabled }}
{{ $kind }}.enabled: is true but service.enabled is false, so the route has nothing to lead to; turn one of them round
{{- end }}
{{- if and $route.canary.weight (not $route.canary.release) }}
{{ $kind }}.canary.release: is empty but canary.weight is {{ int $route.canary.weight }}; write the release that gets this share
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A host of one word, which nobody outside could look up. Its argument: the path of the map, the host, and the values. */}}
{{- define "microservice.mistakes.host" -}}
{{- if not (or (contains "." (index . 1)) (index . 2).domain (has (index . 1) (list "localhost" "*"))) }}
{{ index . 0 }}.{{ index . 1 }}: has no dot, and domain, which would follow it, is empty; write the whole host, or the domain
{{- end }}
{{- end }}
