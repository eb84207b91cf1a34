{{- define "microservice.mistakes.environment" -}}
{{- $name := include "microservice.name" . }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
fullnameOverride: the release's name, "{{ $name }}", is none for a Service; write one here of small letters, digits and hyphens that begins with a letter, or give the release such a name
{{- end }}
{{- if not .Values.environment }}
environment: is empty; write the environment's name, such as environment: dev
{{- end }}
{{- end }}
