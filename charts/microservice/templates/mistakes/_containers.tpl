{{- define "microservice.mistakes.containers" -}}
{{- $seen := dict (include "microservice.name" .) "the service's own container" }}
{{- range $kind := list "initContainers" "sidecars" }}
{{- range $name, $spec := index $.Values $kind }}
{{- if not (kindIs "invalid" $spec) }}
{{- with index $seen $name }}
{{ $kind }}.{{ $name }}: is the name of {{ . }} too; give it another
{{- end }}
{{- $_ := set $seen $name (printf "%s.%s" $kind $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- $grace := int .Values.terminationGracePeriodSeconds }}
{{- include "microservice.mistakes.resources" (list "" .Values) }}
{{- include "microservice.mistakes.probes" (list "" .Values $grace) }}
{{- include "microservice.mistakes.privileges" (list "" (dict "root" . "spec" dict)) }}
{{- include "microservice.mistakes.mountPaths" (list "volumes" (dict "root" $ "claims" true "spec" (omit .Values "image"))) }}
{{- range $kind := list "initContainers" "sidecars" "jobs" "cronJobs" "tests" }}
{{- range $name, $spec := index $.Values $kind }}
{{- if not (kindIs "invalid" $spec) }}
{{- $path := printf "%s.%s" $kind $name }}
{{- include "microservice.mistakes.resources" (list (print $path ".") $spec) }}
{{- include "microservice.mistakes.probes" (list (print $path ".") $spec $grace) }}
{{- if $spec.securityContext }}{{ include "microservice.mistakes.privileges" (list (print $path ".") (dict "root" $ "spec" $spec)) }}{{ end }}
{{- include "microservice.mistakes.mountPaths" (list (print $path ".volumeMounts") (dict "root" $ "claims" (has $kind (list "initContainers" "sidecars")) "spec" $spec)) }}
{{- with $spec.image }}
{{- if not (and .repository (or .digest (not (has .tag (list nil ""))))) }}
{{ $path }}.image: needs repository and tag (or digest); write both, or leave image out to run the service's own
{{- end }}
{{- end }}
{{- range $volume, $mount := $spec.volumeMounts }}
{{- with $mount }}
{{- $declared := index ($.Values.volumes | default dict) $volume }}
{{- if not $declared }}
{{ $path }}.volumeMounts.{{ $volume }}: is not in volumes; declare volumes.{{ $volume }}
{{- else if and $declared.claim (has $kind (list "jobs" "cronJobs" "tests")) }}
{{ $path }}.volumeMounts.{{ $volume }}: volumes.{{ $volume }} is a claim, which the service's pods alone mount; remove it
{{- end }}
{{- end }}
{{- end }}
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
