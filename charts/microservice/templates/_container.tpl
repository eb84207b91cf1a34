{{/*
A container, field by field. Its argument: `root`; `name`; `claims`, set where volume claims are mounted; and `spec`, the
values themselves for the service's container, an entry of initContainers, sidecars, jobs, cronJobs or tests for any
other. One without an image of its own runs the service's, and then has the service's environment, configuration and
volumes as well.
*/}}
{{- define "microservice.container" -}}
{{- $values := .root.Values }}
{{- $image := .spec.image | default $values.image -}}
name: {{ .name | quote }}
image: {{ include "microservice.image" (list .root $image) | quote }}
imagePullPolicy: {{ $image.pullPolicy | default "IfNotPresent" }}
{{- range $field := list "command" "args" }}
{{- include "microservice.field" (list $field (index $.spec $field)) }}
{{- end }}
{{- include "microservice.container.ports" . }}
{{- include "microservice.container.env" . }}
{{- include "microservice.container.envFrom" . }}
{{- include "microservice.field" (list "resources" (.spec.resources | default $values.resources)) }}
{{- range $field := list "startupProbe" "readinessProbe" "livenessProbe" "lifecycle" }}
{{- include "microservice.field" (list $field (index $.spec $field)) }}
{{- end }}
{{- include "microservice.container.securityContext" . }}
{{- include "microservice.container.volumeMounts" . }}
{{- end }}

{{/* The service's, over which that of another container is laid. A profile is replaced as a whole. */}}
{{- define "microservice.container.securityContext" -}}
{{- $own := .spec.securityContext | default dict }}
{{- $context := deepCopy (.root.Values.securityContext | default dict) }}
{{- range $profile := list "appArmorProfile" "seccompProfile" }}
{{- if hasKey $own $profile }}{{ $_ := unset $context $profile }}{{ end }}
{{- end }}
{{- include "microservice.field" (list "securityContext" (mergeOverwrite $context $own)) }}
{{- end }}

{{- define "microservice.container.ports" -}}
{{- $ports := list }}
{{- range $name, $port := .spec.ports }}
{{- with $port }}
{{- $ports = append $ports (dict "name" $name "containerPort" (.containerPort | default .port) "protocol" (.protocol | default "TCP")) }}
{{- end }}
{{- end }}
{{- include "microservice.field" (list "ports" $ports) }}
{{- end }}

{{- define "microservice.container.env" -}}
{{- $variables := dict }}
{{- if not .spec.image }}
{{- range $name, $value := include "microservice.goRuntime" . | fromYaml }}{{ $_ := set $variables $name $value }}{{ end }}
{{- range $name, $value := .root.Values.env }}{{ $_ := set $variables $name $value }}{{ end }}
{{- end }}
{{- range $name, $value := .spec.env }}{{ $_ := set $variables $name $value }}{{ end }}
{{- $env := list }}
{{- range $name, $value := $variables }}
{{- if kindIs "map" $value }}
{{- $env = append $env (merge (dict "name" $name) $value) }}
{{- else if not (kindIs "invalid" $value) }}
{{- $env = append $env (dict "name" $name "value" (include "microservice.text" $value)) }}
{{- end }}
{{- end }}
{{- include "microservice.field" (list "env" $env) }}
{{- end }}

{{/* Whole ConfigMaps and Secrets as variables: named in `envFrom`, or made by an ExternalSecret that says so. */}}
{{- define "microservice.container.envFrom" -}}
{{- $sources := list }}
{{- if not .spec.image }}
{{- $sources = include "microservice.envSources" .root.Values.envFrom | fromYamlArray }}
{{- range $key, $secret := .root.Values.externalSecrets }}
{{- if and $secret $secret.env }}
{{- $sources = append $sources (dict "secretRef" (dict "name" (include "microservice.nameOf" (list $.root $key)))) }}
{{- end }}
{{- end }}
{{- end }}
{{- $sources = concat $sources (include "microservice.envSources" .spec.envFrom | fromYamlArray) | uniq }}
{{- include "microservice.field" (list "envFrom" $sources) }}
{{- end }}

{{- define "microservice.envSources" -}}
{{- $sources := list }}
{{- range $name, $use := (. | default dict).configMaps }}
{{- if $use }}{{ $sources = append $sources (dict "configMapRef" (dict "name" $name)) }}{{ end }}
{{- end }}
{{- range $name, $use := (. | default dict).secrets }}
{{- if $use }}{{ $sources = append $sources (dict "secretRef" (dict "name" $name)) }}{{ end }}
{{- end }}
{{- toYaml $sources }}
{{- end }}

{{- define "microservice.container.volumeMounts" -}}
{{- $mounts := list }}
{{- if not .spec.image }}
{{- if include "microservice.configMapName" .root }}
{{- $mounts = append $mounts (dict "name" "config" "mountPath" .root.Values.config.mountPath "readOnly" true) }}
{{- end }}
{{- range $name, $volume := .root.Values.volumes }}
{{- if and $volume $volume.mountPath (or $.claims (not $volume.claim)) }}
{{- $mounts = append $mounts (pick $volume "mountPath" "subPath" "readOnly" | merge (dict "name" $name)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $mount := .spec.volumeMounts }}
{{- with $mount }}
{{- $mounts = append $mounts (merge (dict "name" $name) .) }}
{{- end }}
{{- end }}
{{- include "microservice.field" (list "volumeMounts" $mounts) }}
{{- end }}
