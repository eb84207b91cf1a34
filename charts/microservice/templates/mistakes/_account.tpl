{{- define "microservice.mistakes.account" -}}
{{- with .Values.serviceAccount }}
{{- if and (include "microservice.names" .rules) (not (or .create .name)) }}
serviceAccount.rules: would hold for every pod in the namespace that has no account of its own; write serviceAccount.create: true, or a name
{{- end }}
{{- end }}
{{- end }}
