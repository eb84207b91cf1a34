{{/*
A container, field by field. Its argument: `root`; `name`; `claims`, set where volume claims are mounted; and `spec`, the
values themselves for the service's container, an entry of initContainers, sidecars, jobs, cronJobs or tests for any
other. One without an image of its own runs the service's, and then has the service's environment, configuration, volumes,
resources and security context as well. One with another image starts from the chart's defaults, with a /tmp of its own.
*/}}
{{- define "microservice.container" -}}
{{- $values := .root.Values }}
{{- $image := .spec.image | default $values.image -}}
name: {{ .name | quote }}
image: {{ include "microservice.image" (list .root $image) | quote }}
imagePullPolicy: {{ include "microservice.pullPolicy" $image }}
{{- range $field := list "command" "args" "workingDir" }}{{ include "microservice.field" (list $field (index $.spec $field)) }}{{ end }}
{{- include "microservice.container.ports" . }}
{{- include "microservice.container.env" . }}
{{- include "microservice.container.envFrom" . }}
{{- include "microservice.field" (list "resources" (.spec.resources | default (index (include "microservice.container.base" . | fromYaml) "resources"))) }}
{{- range $field := list "startupProbe" "readinessProbe" "livenessProbe" "lifecycle" }}
{{- include "microservice.field" (list $field (index $.spec $field)) }}
{{- end }}
{{- include "microservice.container.securityContext" . }}
{{- include "microservice.container.volumeMounts" . }}
{{- end }}

{{/* What a container has of these unless it says otherwise: the service's, or for another image the chart's defaults. */}}
{{- define "microservice.container.base" -}}
{{- if .spec.image -}}
resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}
securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
{{- else }}
{{- pick .root.Values "resources" "securityContext" | toYaml }}
{{- end }}
{{- end }}

{{/* That of the base, over which the container's own is laid. A profile is replaced as a whole. */}}
{{- define "microservice.container.securityContext" -}}
{{- $own := .spec.securityContext | default dict }}
{{- $context := (include "microservice.container.base" . | fromYaml).securityContext | default dict }}
{{- range $profile := list "appArmorProfile" "seccompProfile" }}
{{- if hasKey $own $profile }}{{ $_ := unset $context $profile }}{{ end }}
{{- end }}
{{- include "microservice.field" (list "securityContext" (include "microservice.rootIsRoot" (mergeOverwrite $context $own) | fromYaml)) }}
{{- end }}

{{/* A security context in which whoever says `runAsUser: 0` need not say too that this is root, which no pod could start with. */}}
{{- define "microservice.rootIsRoot" -}}
{{- $context := merge (dict) (. | default dict) }}
{{- if eq (toString $context.runAsUser) "0" }}{{ $_ := set $context "runAsNonRoot" false }}{{ end }}
{{- toYaml $context }}
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
{{- $variables := include "microservice.container.variables" . | fromJson }}
{{- $order := dict "seen" dict "names" list }}
{{- range $name, $_ := $variables }}{{ include "microservice.placeVariable" (dict "name" $name "of" $variables "order" $order) }}{{ end }}
{{- $env := list }}
{{- range $name := $order.names }}
{{- $value := index $variables $name }}
{{- $env = append $env (merge (dict "name" $name) (kindIs "map" $value | ternary $value (dict "value" $value))) }}
{{- end }}
{{- include "microservice.field" (list "env" $env) }}
{{- end }}

{{/*
What the service's own container has of probes and hooks, as JSON. The handler of a probe takes the place of the default one;
`probes` says what stands there otherwise. A grace period that is too short for the default sleep shortens that.
*/}}
{{- define "microservice.ownContainer" -}}
{{- $own := dict "lifecycle" (.Values.lifecycle | default dict | deepCopy) }}
{{- $sleep := dig "preStop" "sleep" "seconds" 0 (include "microservice.yaml" $own.lifecycle | fromYaml) | int }}
{{- if and (kindIs "invalid" .Values.shutdownSeconds) (eq $sleep 10) (lt (int .Values.terminationGracePeriodSeconds) 30) }}
{{- $_ := set $own.lifecycle.preStop.sleep "seconds" (div (int .Values.terminationGracePeriodSeconds) 3 | max 1) }}
{{- end }}
{{- $probes := .Values.probes | default (.Values.image.foreign | default false | ternary "none" "http") }}
{{- range $name, $path := dict "startupProbe" "/healthz" "readinessProbe" "/readyz" "livenessProbe" "/healthz" }}
{{- with index $.Values $name }}
{{- $probe := deepCopy . }}
{{- $byDefault := eq (toJson .httpGet) (dict "path" $path "port" "http" | toJson) }}
{{- $others := or .exec .grpc .tcpSocket }}
{{- if and $byDefault (or $others (ne $probes "http")) }}{{ $_ := unset $probe "httpGet" }}{{ end }}
{{- if and $byDefault (not $others) (has $probes (list "grpc" "tcp")) }}
{{- $ports := include "microservice.names" $.Values.ports | splitList "\n" | compact }}
{{- $port := has $probes $ports | ternary $probes (has "http" $ports | ternary "http" (first $ports)) }}
{{- $number := index ($.Values.ports | default dict) ($port | default "") | default dict }}
{{- if eq $probes "tcp" }}{{ $_ := set $probe "tcpSocket" (dict "port" $port) }}
{{- else }}{{ $_ := set $probe "grpc" (dict "port" ($number.containerPort | default $number.port)) }}{{ end }}
{{- end }}
{{- if not (and $byDefault (not $others) (eq $probes "none")) }}{{ $_ := set $own $name $probe }}{{ end }}
{{- end }}
{{- end }}
{{- toJson $own }}
{{- end }}

{{/* The variables by name, as JSON: texts, and maps with `valueFrom`. */}}
{{- define "microservice.container.variables" -}}
{{- $variables := dict }}
{{- if not .spec.image }}
{{- range $name, $value := include "microservice.goRuntime" . | fromYaml }}{{ $_ := set $variables $name $value }}{{ end }}
{{- range $name, $value := .root.Values.env }}{{ $_ := set $variables $name $value }}{{ end }}
{{- end }}
{{- range $name, $value := .spec.env }}{{ $_ := set $variables $name $value }}{{ end }}
{{- range $name, $value := $variables }}
{{- if kindIs "invalid" $value }}{{ $_ := unset $variables $name }}
{{- else if not (kindIs "map" $value) }}{{ $_ := set $variables $name (include "microservice.text" $value) }}{{ end }}
{{- end }}
{{- toJson $variables }}
{{- end }}

{{/*
Puts a variable after those that it refers to, since $(NAME) means one that stands before it: in `order`, whose `names` are
placed, and whose `cycle` is one that refers to itself in the end. By name otherwise.
*/}}
{{- define "microservice.placeVariable" -}}
{{- $order := .order }}
{{- if not (hasKey $order.seen .name) }}
{{- $_ := set $order.seen .name "open" }}
{{- range $other := include "microservice.references" (index .of .name) | splitList " " }}
{{- if hasKey $.of $other }}{{ include "microservice.placeVariable" (dict "name" $other "of" $.of "order" $order) }}{{ end }}
{{- end }}
{{- $_ := set $order.seen .name "placed" }}
{{- $_ := set $order "names" (append $order.names .name) }}
{{- else if eq (index $order.seen .name) "open" }}
{{- $_ := set $order "cycle" .name }}
{{- end }}
{{- end }}

{{/* The NAMEs of $(NAME) in a text, with a blank between them; $$ is a dollar: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */}}
{{- define "microservice.references" -}}
{{- $names := list }}
{{- if kindIs "string" . }}
{{- range regexFindAll "\\$\\([-._A-Za-z0-9]+\\)" (replace "$$" " " .) -1 }}{{ $names = append $names (trimAll "$()" .) }}{{ end }}
{{- end }}
{{- join " " $names }}
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
{{- $of := . | default dict }}{{ $sources := list }}
{{- range $kind, $field := dict "configMaps" "configMapRef" "secrets" "secretRef" }}
{{- range $name, $use := index $of $kind }}
{{- $own := kindIs "map" $use | ternary $use dict }}
{{- if or $use (kindIs "map" $use) }}{{ $sources = append $sources (dict $field (pick $own "optional" | merge (dict "name" $name)) | merge (pick $own "prefix")) }}{{ end }}
{{- end }}
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
{{- $mounts = append $mounts (pick $volume "mountPath" "subPath" "subPathExpr" "readOnly" | merge (dict "name" $name)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $mount := .spec.volumeMounts }}
{{- with $mount }}{{ $mounts = append $mounts (merge (dict "name" $name) .) }}{{ end }}
{{- end }}
{{- if include "microservice.container.needsTmp" . }}
{{- $mounts = append $mounts (dict "name" "tmp-of-images" "mountPath" "/tmp" "subPath" .name) }}
{{- end }}
{{- include "microservice.field" (list "volumeMounts" $mounts) }}
{{- end }}

{{/* Whether a container with another image could write nowhere, since its root filesystem is read-only. */}}
{{- define "microservice.container.needsTmp" -}}
{{- if .spec.image }}
{{- $places := list }}
{{- range $mount := .spec.volumeMounts }}{{ $places = append $places (($mount | default dict).mountPath | default "" | trimSuffix "/") }}{{ end }}
{{- if and (include "microservice.container.securityContext" . | contains "readOnlyRootFilesystem: true") (not (has "/tmp" $places)) }}true{{ end }}
{{- end }}
{{- end }}
