{{/*
What the schema cannot see, all of it at once: a line for each mistake, with the path in the values, what is wrong, and
what to write instead. Only mistakes.yaml fails, so that no single one hides the others.
*/}}
{{- define "microservice.mistakes" -}}
{{ include "microservice.mistakes.environment" . }}
{{ include "microservice.mistakes.image" . }}
{{ include "microservice.mistakes.config" . }}
{{ include "microservice.mistakes.probes" . }}
{{ include "microservice.mistakes.rollout" . }}
{{ include "microservice.mistakes.ingress" . }}
{{- end }}

{{- define "microservice.mistakes.environment" -}}
{{- if not .Values.environment }}
environment: is empty; write the environment's name, such as environment: dev
{{- end }}
{{- end }}

{{- define "microservice.mistakes.image" -}}
{{- if not .Values.image.repository }}
image.repository: is empty; write the image's repository, such as registry.example.com/the-project/{{ include "microservice.name" . }}
{{- end }}
{{- with .Values.image }}
{{- if has .tag (list nil "") }}
{{- if not .digest }}
image.tag: is empty, and so is image.digest; pass the tag that was built, such as --set image.tag=dev-1
{{- end }}
{{- else if kindIs "bool" .tag }}
image.tag: is the boolean {{ .tag }}; write it in quotes, "{{ .tag }}"
{{- else if and (kindIs "float64" .tag) (or (ne .tag (floor .tag)) (ge .tag 9007199254740992.0)) }}
image.tag: is the number {{ .tag }}, which may not be what was written; write it in quotes, such as tag: "12.5", or use --set-string
{{- else if not (regexMatch "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$" (include "microservice.text" .tag)) }}
image.tag: "{{ .tag }}" is no image tag; write at most 128 letters, digits, "_", "." and "-", the first no "." or "-"
{{- end }}
{{- end }}
{{- end }}

{{- define "microservice.mistakes.config" -}}
{{- if and .Values.config.existingConfigMap (include "microservice.configFiles" .) }}
config.existingConfigMap: is set and so is config.files; only one of them is mounted, remove the other (null removes a file)
{{- end }}
{{- if and (include "microservice.configMapName" .) (index (.Values.volumes | default dict) "config") }}
volumes.config: is the name of the volume with the configuration files; give it another name
{{- end }}
{{- end }}

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

{{- define "microservice.mistakes.rollout" -}}
{{- with .Values.strategy }}
{{- if and (eq .type "Recreate") .rollingUpdate }}
strategy.rollingUpdate: has no meaning with strategy.type Recreate; remove it, or write type: RollingUpdate
{{- end }}
{{- end }}
{{- $sleep := dig "preStop" "sleep" "seconds" 0 (.Values.lifecycle | default dict) | int }}
{{- $need := add $sleep (int .Values.shutdownSeconds) }}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $need) }}
terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }} is less than lifecycle.preStop.sleep.seconds ({{ $sleep }}) and shutdownSeconds ({{ int .Values.shutdownSeconds }}) together: the service would be killed while it drains; write at least {{ $need }}
{{- end }}
{{- end }}

{{- define "microservice.mistakes.ingress" -}}
{{- $values := .Values }}
{{- with .Values.ingress }}
{{- if .enabled }}
{{- $hosts := list }}
{{- range $host, $rule := .hosts }}
{{- if not (kindIs "invalid" $rule) }}
{{- $hosts = append $hosts $host }}
{{- $paths := list }}
{{- range $path, $backend := $rule.paths }}
{{- if not (kindIs "invalid" $backend) }}
{{- $paths = append $paths $path }}
{{- $port := $backend.port | default "http" }}
{{- if not (index ($values.ports | default dict) $port) }}
ingress.hosts.{{ $host }}.paths.{{ $path }}.port: "{{ $port }}" is not in ports ({{ include "microservice.portNames" $values }}); declare it there or name one that is
{{- end }}
{{- end }}
{{- end }}
{{- if not $paths }}
ingress.hosts.{{ $host }}.paths: is empty; write the paths that lead to the service, such as paths: {"/": {}}
{{- end }}
{{- end }}
{{- end }}
{{- if not $hosts }}
ingress.hosts: is empty but ingress.enabled is true; write a host, such as api.example.com: {paths: {"/": {}}}
{{- end }}
{{- if not $values.service.enabled }}
ingress.enabled: is true but service.enabled is false, so the Ingress has nothing to lead to; turn one of them round
{{- end }}
{{- if and .tls.clusterIssuer .tls.issuer }}
ingress.tls.issuer: is set and so is ingress.tls.clusterIssuer; a certificate has one issuer, remove the other
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "microservice.portNames" -}}
{{- $names := list }}
{{- range $name, $port := .ports }}{{ if $port }}{{ $names = append $names $name }}{{ end }}{{ end }}
{{- $names | sortAlpha | join ", " | default "none is declared" }}
{{- end }}
