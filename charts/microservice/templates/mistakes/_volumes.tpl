{{- define "microservice.mistakes.volumes" -}}
{{- $values := .Values }}
{{- $pods := include "microservice.minReplicas" . | int }}
{{- range $name, $volume := .Values.volumes }}
{{- if not (kindIs "invalid" $volume) }}
{{- if eq $name "tmp-of-images" }}
volumes.tmp-of-images: is the name of the volume that containers with an image of their own have at /tmp; give it another name
{{- end }}
{{- $sources := omit $volume "mountPath" "subPath" "subPathExpr" "readOnly" | include "microservice.names" | trim | splitList "\n" }}
{{- if or (not (first $sources)) (rest $sources) }}
volumes.{{ $name }}: has {{ $sources | join " and " | default "no source" }}; keep one source, such as emptyDir: {}, and remove the others with null
{{- end }}
{{- include "microservice.mistakes.bytes" (list (printf "volumes.%s.emptyDir.sizeLimit" $name) "storage" ($volume.emptyDir | default dict).sizeLimit) }}
{{- with $volume.claim }}
{{- include "microservice.mistakes.bytes" (list (printf "volumes.%s.claim.size" $name) "storage" .size) }}
{{- if and (or (has "ReadWriteOnce" .accessModes) (has "ReadWriteOncePod" .accessModes)) (or (gt $pods 1) (ne (include "microservice.strategyType" $) "Recreate")) }}
volumes.{{ $name }}.claim.accessModes: {{ first .accessModes }} lets one node or pod mount it, so the pods of a rollout wait for each other; write ReadWriteMany, or singleton: true if one pod is enough
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
{{- if and .subPath .subPathExpr (or (eq $path "volumes") (index $own .name)) }}
{{ $path }}.{{ .name }}.subPathExpr: is set and so is subPath; remove one of them
{{- end }}
{{- with index $seen .mountPath }}
{{- if or (eq $path "volumes") (index $own $mount.name) }}
{{ $path }}.{{ $mount.name }}.mountPath: is where {{ . }} is mounted too; write another
{{- end }}
{{- end }}
{{- $_ := set $seen .mountPath .name }}
{{- end }}
{{- end }}
