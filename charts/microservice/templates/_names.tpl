{{/*
Name of every object: the release's, never with the kind in front or behind. A parent chart that depends on this one more
than once gives each an alias, which Helm makes the chart's name.
*/}}
{{- define "microservice.name" -}}
{{- $ofRelease := or .Chart.IsRoot (eq .Chart.Name "microservice") | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- include "microservice.shortened" (list (.Values.fullnameOverride | default $ofRelease) 63) }}
{{- end }}

{{/* Name of one of several objects of a kind: `<name>-<key>`. Its argument: the root, the key, and the limit if it is not 63. */}}
{{- define "microservice.nameOf" -}}
{{- $limit := 63 }}{{ if gt (len .) 2 }}{{ $limit = index . 2 }}{{ end -}}
{{ include "microservice.shortened" (list (printf "%s-%s" (include "microservice.name" (index . 0)) (index . 1)) $limit) }}
{{- end }}

{{/* Name of what a job brings along as a hook, which Helm deletes by its name, whoever's it is: no service's holds a dot. */}}
{{- define "microservice.hookNameOf" -}}
{{ include "microservice.name" (index . 0) }}.{{ index . 1 }}
{{- end }}

{{/* Value of the label `app` of a pod that is not the service's: `<name>.<key>`. No service's name holds a dot, so none selects it. */}}
{{- define "microservice.appOf" -}}
{{ include "microservice.shortened" (list (printf "%s.%s" (include "microservice.name" (index . 0)) (index . 1)) 63) }}
{{- end }}

{{/* A name no longer than a limit: a longer one ends in a hash of all of it, so that two never collide. */}}
{{- define "microservice.shortened" -}}
{{- $name := index . 0 }}{{ $limit := int (index . 1) }}
{{- if le (len $name) $limit -}}
{{ $name }}
{{- else -}}
{{ printf "%s-%s" ($name | trunc (int (sub $limit 9)) | trimAll "-.") (sha256sum $name | trunc 8) }}
{{- end }}
{{- end }}

{{/* Namespace of every object. */}}
{{- define "microservice.namespace" -}}
{{ .Values.namespace.name | default .Release.Namespace }}
{{- end }}

{{- define "microservice.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "microservice.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/* ConfigMap that the pods mount; empty if they mount none. */}}
{{- define "microservice.configMapName" -}}
{{- if .Values.config.existingConfigMap -}}
{{ .Values.config.existingConfigMap }}
{{- else if include "microservice.configFiles" . -}}
{{ include "microservice.name" . }}
{{- end }}
{{- end }}

{{/* The same for an entry of jobs, cronJobs or tests: a pod in which nothing runs the service's image mounts none. */}}
{{- define "microservice.configMapOf" -}}
{{- $job := index . 1 }}{{ $ours := not $job.image }}
{{- range $beside := list $job.initContainers $job.sidecars }}
{{- range $spec := $beside }}{{ if and (kindIs "map" $spec) (not $spec.image) }}{{ $ours = true }}{{ end }}{{ end }}
{{- end }}
{{- if $ours }}{{ include "microservice.configMapName" (index . 0) }}{{ end }}
{{- end }}

{{/* A host: one without a dot is a name in the domain. Its argument: the root, and the host. */}}
{{- define "microservice.host" -}}
{{- $domain := (index . 0).Values.domain }}
{{- if and $domain (ne (index . 1) "*") (not (contains "." (index . 1))) }}{{ index . 1 }}.{{ $domain }}{{ else }}{{ index . 1 }}{{ end }}
{{- end }}
