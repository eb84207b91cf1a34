{{- define "microservice.mistakes.jobs" -}}
{{- $values := .Values }}
{{- $secrets := list }}
{{- range $key, $secret := .Values.externalSecrets }}
{{- if $secret }}
{{- if $secret.env }}{{ $secrets = append $secrets $key }}{{ end }}
{{- if not (or $secret.extract (include "microservice.names" $secret.data)) }}
externalSecrets.{{ $key }}: has neither data nor extract; write which keys of the store it is made of
{{- end }}
{{- end }}
{{- end }}
{{- range $key, $job := .Values.jobs }}
{{- if not (kindIs "invalid" $job) }}
{{- if and $secrets (not $job.image) (has "pre-install" ($job.hooks | default (list "pre-install"))) }}
jobs.{{ $key }}.hooks: runs before the first install, when externalSecrets.{{ first $secrets }} is not there yet, and would wait for it in vain; write hooks: [post-install, pre-upgrade]
{{- end }}
{{- end }}
{{- end }}
{{- end }}
