{{/*
What Kubernetes would leave in a text as it stands. Its argument: the path of a container, and the container. Whole ConfigMaps
and Secrets hold variables that nobody knows here.
*/}}
{{- define "microservice.mistakes.variables" -}}
{{- $path := index . 0 }}{{ $container := index . 1 }}{{ $spec := $container.spec }}
{{- $variables := include "microservice.container.variables" $container | fromJson }}
{{- $unknown := include "microservice.container.envFrom" $container }}
{{- $order := dict "seen" dict "names" list "cycle" "" }}
{{- range $name, $value := $spec.env }}
{{- include "microservice.mistakes.largeNumbers" (list (printf "%senv.%s" $path $name) "write it in quotes" $value) }}
{{- if kindIs "string" $value }}
{{- range include "microservice.references" $value | splitList " " | compact }}
{{- if not (or $unknown (hasKey $variables .) (hasPrefix "KUBERNETES_" .)) }}
{{ $path }}env.{{ $name }}: $({{ . }}) is no variable, and would stay as it is written; declare env.{{ . }}, or write $$({{ . }}) if that is meant
{{- end }}
{{- end }}
{{- include "microservice.placeVariable" (dict "name" $name "of" $variables "order" $order) }}
{{- if and $order.cycle (not $unknown) }}
{{ $path }}env.{{ $order.cycle }}: refers to itself in the end; write one of the variables on the way without $(NAME)
{{- end }}
{{- $_ := set $order "cycle" "" }}
{{- end }}
{{- end }}
{{- range $field := list "command" "args" }}
{{- range $word := index $spec $field }}
{{- range include "microservice.references" $word | splitList " " | compact | uniq }}
{{- /* A shell has $(date) too. */}}
{{- if not (or $unknown (hasKey $variables .) (hasPrefix "KUBERNETES_" .) (ne . (upper .))) }}
{{ $path }}{{ $field }}: $({{ . }}) is no variable, and would stay as it is written; declare env.{{ . }}, or write $$({{ . }}) if that is meant
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Numbers of which digits may be lost: YAML's have 53 bits. Its argument: the path, what to write instead, and a value with all
that it holds.
*/}}
{{- define "microservice.mistakes.largeNumbers" -}}
{{- $path := index . 0 }}{{ $remedy := index . 1 }}{{ $value := index . 2 }}
{{- if kindIs "map" $value }}
{{- range $key, $inner := $value }}{{ include "microservice.mistakes.largeNumbers" (list (printf "%s.%s" $path $key) $remedy $inner) }}{{ end }}
{{- else if kindIs "slice" $value }}
{{- range $i, $inner := $value }}{{ include "microservice.mistakes.largeNumbers" (list (printf "%s[%d]" $path $i) $remedy $inner) }}{{ end }}
{{- else if kindIs "float64" $value }}
{{- if or (ge $value 9007199254740992.0) (le $value -9007199254740992.0) }}
{{ $path }}: is a number of more digits than YAML keeps; {{ $remedy }}
{{- end }}
{{- end }}
{{- end }}
