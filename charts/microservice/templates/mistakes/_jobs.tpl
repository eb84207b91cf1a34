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
{{- if and $.Values.serviceAccount.create (eq ($job.serviceAccountName | default "") (include "microservice.serviceAccountName" $)) }}
jobs.{{ $key }}.serviceAccountName: is the service's own account, which Helm makes after the job; leave it out, and the job has it in time
{{- end }}
{{- $of := dict "root" $ "key" $key "account" "" "configMap" "" "spec" $job }}
{{- if has "pre-install" ($job.hooks | default (list "pre-install")) }}
{{- $needs := include "microservice.mistakes.needs" (include "microservice.jobPodSpec" $of | fromYaml) | splitList " " }}
{{- range $extra, $object := $.Values.extraObjects }}
{{- with $object }}
{{- $metadata := .metadata | default dict }}
{{- $object := tpl ($metadata.name | default (include "microservice.nameOf" (list $ $extra))) $ }}
{{- if and (has $object $needs) (not (hasKey ($metadata.annotations | default dict) "helm.sh/hook")) (has .kind (list "ConfigMap" "ExternalSecret" "SealedSecret" "Secret")) }}
jobs.{{ $key }}.hooks: runs before the first install, when extraObjects.{{ $extra }} is not there yet, and would wait for it in vain; write hooks: [post-install, pre-upgrade]
{{- end }}
{{- end }}
{{- end }}
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

{{/* Names of the ConfigMaps and Secrets without which a pod does not begin, with a blank between them. Its argument: a part of the pod. */}}
{{- define "microservice.mistakes.needs" -}}
{{- if kindIs "map" . }}
{{- if not .optional }}
{{- range $field, $value := . }}
{{- if and (has $field (list "configMapKeyRef" "configMapRef" "configMap" "secretKeyRef" "secretRef" "secret")) (kindIs "map" $value) (not $value.optional) }} {{ $value.name | default $value.secretName }}{{ end }}
{{- if ne $field "metadata" }}{{ include "microservice.mistakes.needs" $value }}{{ end }}
{{- end }}
{{- end }}
{{- else if kindIs "slice" . }}
{{- range . }}{{ include "microservice.mistakes.needs" . }}{{ end }}
{{- end }}
{{- end }}
