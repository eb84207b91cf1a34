{{/*
What the schema cannot see, all of it at once: a line for each mistake, with the path in the values, what is wrong, and
what to write instead. Only mistakes.yaml fails, so that no single one hides the others.
*/}}
{{- define "microservice.mistakes" -}}
{{- range $theme := list "renamed" "names" "labels" "environment" "image" "ports" "config" "containers" "volumes" "account" "rollout" "scaling" "ingress" "routes" "monitoring" "jobs" "extraObjects" "production" }}
{{ include (printf "microservice.mistakes.%s" $theme) $ }}
{{- end }}
{{- end }}

{{- define "microservice.portNames" -}}
{{- include "microservice.names" .ports | trim | splitList "\n" | join ", " | default "none is declared" }}
{{- end }}
