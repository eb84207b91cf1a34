{{/* repository:tag, repository@digest or repository:tag@digest. Its argument: the root, and the values of the image. */}}
{{- define "microservice.image" -}}
{{- $image := index . 1 -}}
{{ $image.repository | default (include "microservice.ownRepository" (index . 0)) }}
{{- if not (has $image.tag (list nil "")) }}:{{ include "microservice.text" $image.tag }}{{ end }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The service's image in the team's registry, empty if that is not known. */}}
{{- define "microservice.ownRepository" -}}
{{- with .Values.image.registry }}{{ . }}/{{ include "microservice.name" $ }}{{ end }}
{{- end }}

{{/* As Kubernetes has it: a tag that moves is looked up each time. */}}
{{- define "microservice.pullPolicy" -}}
{{ .pullPolicy | default (and (not .digest) (eq (toString .tag) "latest") | ternary "Always" "IfNotPresent") }}
{{- end }}
