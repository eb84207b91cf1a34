{{- define "microservice.mistakes.volumes" -}}
{{- $values := .Values }}
{{- $pods := include "microservice.minReplicas" . | int }}
{{- range $name, $volume := .Values.volumes }}
{{- if not (kindIs "invalid" $volume) }}
{{- $sources := omit $volume "mountPath" "subPath" "readOnly" | include "microservice.names" | trim | splitList "\n" }}
{{- if or (not (first $sources)) (rest $sources) }}
volumes.{{ $name }}: has {{ $sources | join " and " | default "no source" }}; keep one source, such as emptyDir: {}, and remove the others with null
{{- end }}
{{- with $volume.claim }}
{{- if and (or (has "ReadWriteOnce" .accessModes) (has "ReadWriteOncePod" .accessModes)) (or (gt $pods 1) (ne $values.strategy.type "Recreate")) }}
volumes.{{ $name }}.claim.accessModes: {{ first .accessModes }} lets one node or pod mount it, so the pods of a rollout wait for each other; write ReadWriteMany, or replicas: 1 and strategy.type: Recreate
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of one container: what the service's image mounts comes from `volumes` and from the container's own `volumeMounts`. */}}
{{- define "microservice.mistakes.mountPaths" -}}
{{- $path := index . 0 }}{{ $own := (index . 1).spec.volumeMounts | default dict }}
{{- $seen := dict }}
{{- range (include "microservice.container.volumeMounts" (index . 1) | fromYaml).volumeMounts }}
{{- $mount := . }}
{{- with index $seen .mountPath }}
{{- if or (eq $path "volumes") (index $own $mount.name) }}
{{ $path }}.{{ $mount.name }}.mountPath: is where {{ . }} is mounted too; write another
{{- end }}
{{- end }}
{{- $_ := set $seen .mountPath .name }}
{{- end }}
{{- end }}
