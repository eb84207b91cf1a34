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
{{- range $kind := list "initContainers" "sidecars" "jobs" "cronJobs" "tests" }}
{{- range $name, $spec := index $.Values $kind }}
{{- if not (kindIs "invalid" $spec) }}
{{- $path := printf "%s.%s" $kind $name }}
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
