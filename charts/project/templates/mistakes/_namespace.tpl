{{- define "project.mistakes.namespace" -}}
{{- $name := include "project.name" . }}
{{- $path := ternary "namespace.name" "the release's name" (not (empty .Values.namespace.name)) }}
{{- if eq $name .Release.Namespace }}
{{ $path }}: {{ $name }} is the namespace that the release itself is in, which Helm must find before it makes anything, and could not make with its labels; keep the release elsewhere, such as --namespace projects --create-namespace
{{- end }}
{{- if or (eq $name "default") (hasPrefix "kube-" $name) }}
{{ $path }}: {{ $name }} is one of the cluster's own namespaces; write a project's name
{{- end }}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" $name) }}
{{ $path }}: {{ $name }} is no name of a namespace; write at most 63 small letters, digits and "-", neither first nor last a "-"
{{- end }}
{{- end }}
