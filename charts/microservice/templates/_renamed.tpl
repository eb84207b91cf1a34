{{/*
Keys that have another name, `is`, since a version of the chart, or are gone, if there is no `is`. The name that a key had,
`was`, goes on working, with a notice, until the chart's major version is `until`, which refuses it. The schema goes on
admitting it (`deprecated`), so that the message is the one below. `default` is that of `is` in values.yaml, if it has one: a
template cannot see whether somebody wrote it.
*/}}
{{- define "microservice.renamed" -}}
- {was: serviceAccount.automountToken, is: serviceAccount.automount, since: 0.2.0, until: 1}
{{- end }}

{{/* A value, as JSON, by its path or by the one that it had; empty if neither is given. Its argument: the root, and the path. */}}
{{- define "microservice.value" -}}
{{- $values := (index . 0).Values }}{{ $path := index . 1 }}
{{- $value := include "microservice.valueAt" (list $values $path) }}
{{- range include "microservice.renamed" $ | fromYamlArray }}
{{- if and (eq $path (.is | default "")) (has $value (list "" (toJson .default))) }}{{ $value = include "microservice.valueAt" (list $values .was) | default $value }}{{ end }}
{{- end }}
{{- $value }}
{{- end }}

{{- define "microservice.valueAt" -}}
{{- $at := index . 0 }}
{{- range splitList "." (index . 1) }}{{ $at = index (kindIs "map" $at | ternary $at (dict)) . }}{{ end }}
{{- if not (kindIs "invalid" $at) }}{{ toJson $at }}{{ end }}
{{- end }}

{{- define "microservice.mistakes.renamed" -}}
{{- range include "microservice.renamed" . | fromYamlArray }}
{{- if include "microservice.valueAt" (list $.Values .was) }}
{{- if ge (int (semver $.Chart.Version).Major) (int .until) }}
{{ .was }}: {{ with .is }}is called {{ . }}{{ else }}is gone{{ end }} since version {{ .since }} of this chart; {{ with .is }}write that{{ else }}remove it{{ end }}
{{- else if and .is (not (has (include "microservice.valueAt" (list $.Values .is)) (list "" (toJson .default)))) }}
{{ .was }}: is what {{ .is }} was called, and both are set; remove the old name
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "microservice.notices" -}}
{{- range include "microservice.renamed" . | fromYamlArray }}
{{- if include "microservice.valueAt" (list $.Values .was) }}
Notice: {{ .was }} {{ with .is }}is called {{ . }}{{ else }}is gone, and changes nothing,{{ end }} since version {{ .since }} of this chart; version {{ .until }}.0.0 refuses it.
{{- end }}
{{- end }}
{{- end }}
