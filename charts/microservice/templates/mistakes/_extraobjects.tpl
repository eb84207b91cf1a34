{{/* What others' templates have between two braces, Helm would take for its own. */}}
{{- define "microservice.mistakes.extraObjects" -}}
{{- range $key, $object := .Values.extraObjects }}
{{- include "microservice.mistakes.foreignTemplates" (list (print "extraObjects." $key) (toYaml $object) $object) }}
{{- end }}
{{- end }}

{{/* Its argument: a path, the whole object, where variables are declared, and what stands at the path. */}}
{{- define "microservice.mistakes.foreignTemplates" -}}
{{- $path := index . 0 }}{{ $whole := index . 1 }}{{ $value := index . 2 }}
{{- if kindIs "map" $value }}
{{- range $key, $inner := $value }}{{ include "microservice.mistakes.foreignTemplates" (list (printf "%s.%s" $path $key) $whole $inner) }}{{ end }}
{{- else if kindIs "slice" $value }}
{{- range $i, $inner := $value }}{{ include "microservice.mistakes.foreignTemplates" (list (printf "%s[%d]" $path $i) $whole $inner) }}{{ end }}
{{- else if kindIs "string" $value }}
{{- range $action := regexFindAll "\\{\\{(\"(\\\\.|[^\"\\\\])*\"|`[^`]*`|[^}\"`]|\\}[^}])*\\}\\}" $value -1 }}
{{- $code := regexReplaceAll "\"(\\\\.|[^\"\\\\])*\"|`[^`]*`" $action "" }}
{{- $unknown := regexMatch "^\\{\\{-? *[a-z][A-Za-z0-9]*\\." $code }}
{{- range regexFindAll "\\$[A-Za-z_][A-Za-z0-9_]*" $code -1 }}
{{- if not (regexMatch (printf "%s( *,[^}]*)? *:=" (regexQuoteMeta .)) $whole) }}{{ $unknown = true }}{{ end }}
{{- end }}
{{- if $unknown }}
{{ $path }}: Helm has no {{ $action }}; if another program is to read it, write {{ "{{" }} `{{ $action }}` }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
