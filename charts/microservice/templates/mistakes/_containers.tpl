{{- define "microservice.mistakes.containers" -}}
{{- if and (eq (toString .Values.dnsPolicy) "None") (not (.Values.dnsConfig | default dict).nameservers) }}
dnsConfig.nameservers: is empty, and with dnsPolicy None there are no others; write one
{{- end }}
{{- $own := dict "root" $ "claims" true "spec" (omit .Values "image") }}
{{- include "microservice.mistakes.resources" (list "" .Values) }}
{{- include "microservice.mistakes.probes" (list "" (include "microservice.ownContainer" . | fromJson | merge (pick .Values "ports")) (int .Values.terminationGracePeriodSeconds)) }}
{{- include "microservice.mistakes.variables" (list "" $own) }}
{{- include "microservice.mistakes.privileges" (list "" (dict "root" . "spec" dict)) }}
{{- include "microservice.mistakes.mountPaths" (list "volumes" $own) }}
{{- include "microservice.mistakes.containersBeside" (list "" $own (include "microservice.name" .) "the service's own container") }}
{{- range $kind := list "jobs" "cronJobs" "tests" }}
{{- range $name, $spec := index $.Values $kind }}
{{- if not (kindIs "invalid" $spec) }}
{{- $path := printf "%s.%s." $kind $name }}
{{- include "microservice.mistakes.container" (list $path (dict "root" $ "spec" $spec)) }}
{{- include "microservice.mistakes.containersBeside" (list $path (dict "root" $ "spec" $spec) $name "its own container") }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Init containers and sidecars of a pod. Its argument: their path, the pod, and the name of its container and what that is. */}}
{{- define "microservice.mistakes.containersBeside" -}}
{{- $prefix := index . 0 }}{{ $pod := index . 1 }}{{ $seen := dict (index . 2) (index . 3) }}
{{- range $kind := list "initContainers" "sidecars" }}
{{- range $name, $spec := index $pod.spec $kind }}
{{- if not (kindIs "invalid" $spec) }}
{{- $path := printf "%s%s.%s" $prefix $kind $name }}
{{- with index $seen $name }}
{{ $path }}: is the name of {{ . }} too; give it another
{{- end }}
{{- $_ := set $seen $name $path }}
{{- include "microservice.mistakes.container" (list (print $path ".") (dict "root" $pod.root "claims" $pod.claims "spec" $spec)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A container that is not the service's own. Its argument: its path, and the container. */}}
{{- define "microservice.mistakes.container" -}}
{{- $path := index . 0 }}{{ $container := index . 1 }}{{ $spec := $container.spec }}{{ $values := $container.root.Values }}
{{- include "microservice.mistakes.resources" (list $path $spec) }}
{{- include "microservice.mistakes.probes" (list $path $spec (empty $container.claims | ternary 30 $values.terminationGracePeriodSeconds | int)) }}
{{- include "microservice.mistakes.variables" . }}
{{- if $spec.securityContext }}{{ include "microservice.mistakes.privileges" . }}{{ end }}
{{- include "microservice.mistakes.mountPaths" (list (print $path "volumeMounts") $container) }}
{{- with $spec.image }}
{{- if not (and .repository (or .digest (not (has .tag (list nil ""))))) }}
{{ $path }}image: needs repository and tag (or digest); write both, or leave image out to run the service's own
{{- end }}
{{- end }}
{{- range $volume, $mount := $spec.volumeMounts }}
{{- with $mount }}
{{- $declared := index ($values.volumes | default dict) $volume }}
{{- if not $declared }}
{{ $path }}volumeMounts.{{ $volume }}: is not in volumes; declare volumes.{{ $volume }}
{{- else if and $declared.claim (not $container.claims) }}
{{ $path }}volumeMounts.{{ $volume }}: volumes.{{ $volume }} is a claim, which the service's pods alone mount; remove it
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of the service's security context with that of another container over it. */}}
{{- define "microservice.mistakes.privileges" -}}
{{- $context := (include "microservice.container.securityContext" (index . 1) | fromYaml).securityContext | default dict }}
{{- if and (eq (toString $context.allowPrivilegeEscalation) "false") (or $context.privileged (has "CAP_SYS_ADMIN" (dig "capabilities" "add" list $context))) }}
{{ index . 0 }}securityContext.allowPrivilegeEscalation: is false, which a privileged container and one with CAP_SYS_ADMIN cannot be; write true, or fewer privileges
{{- end }}
{{- end }}
