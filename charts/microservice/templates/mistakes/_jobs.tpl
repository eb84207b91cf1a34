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
{{- $name := include "microservice.nameOf" (list $ $key) }}
{{- $owner := dig "metadata" "labels" "app.kubernetes.io/instance" "" (lookup "batch/v1" "Job" (include "microservice.namespace" $) $name | default dict) }}
{{- if not (has $owner (list "" $.Release.Name)) }}
jobs.{{ $key }}: makes Job {{ $name }}, which is there and belongs to release {{ $owner }}: Helm would delete it; write another name than {{ $key }}
{{- end }}
{{- if and $secrets (not $job.image) (has "pre-install" ($job.hooks | default (list "pre-install"))) }}
jobs.{{ $key }}.hooks: runs before the first install, when externalSecrets.{{ first $secrets }} is not there yet, and would wait for it in vain; write hooks: [post-install, pre-upgrade]
{{- end }}
{{- end }}
{{- end }}
{{- range $key, $job := .Values.cronJobs }}
{{- with $job }}
{{- $ranks := dict "sun" 0 "mon" 1 "tue" 2 "wed" 3 "thu" 4 "fri" 5 "sat" 6 "jan" 1 "feb" 2 "mar" 3 "apr" 4 "may" 5 "jun" 6 "jul" 7 "aug" 8 "sep" 9 "oct" 10 "nov" 11 "dec" 12 }}
{{- range regexFindAll "[0-9A-Za-z]+-[0-9A-Za-z]+" .schedule -1 }}
{{- $ends := lower . | splitList "-" }}
{{- if gt (dig (first $ends) (first $ends | atoi) $ranks) (dig (last $ends) (last $ends | atoi) $ranks) }}
cronJobs.{{ $key }}.schedule: {{ . }} runs backwards; write the two parts of the range with a comma, such as {{ eq . (lower .) | ternary "22-23,0-5" "SAT,SUN" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
