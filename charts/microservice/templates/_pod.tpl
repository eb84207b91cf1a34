{{/*
A pod, field by field, in the order of the API reference. Its argument: `root`; `app`, the value of the label `app`;
`account`; `configMap`, the name of the ConfigMap to mount; and `spec`, the values themselves for the service's pod, an
entry of jobs, cronJobs or tests for theirs. `claims` is set for the service's, which alone mount volume claims; what else
only they have is added by deployment.yaml.
*/}}
{{- define "microservice.pod.metadata" -}}
labels:
  {{- include "microservice.podLabels" . | nindent 2 }}
{{- include "microservice.field" (list "annotations" (include "microservice.pod.annotations" . | fromYaml)) }}
{{- end }}

{{- define "microservice.pod.spec" -}}
{{- $values := .root.Values -}}
serviceAccountName: {{ .account | quote }}
automountServiceAccountToken: {{ include "microservice.value" (list .root "serviceAccount.automount") | default "false" }}
{{- /* FOO_PORT=tcp://… of a service FOO would shadow its own variables. */}}
enableServiceLinks: false
{{- include "microservice.pod.imagePullSecrets" . }}
{{- include "microservice.field" (list "securityContext" (include "microservice.rootIsRoot" $values.podSecurityContext | fromYaml)) }}
{{- range $field := list "priorityClassName" "nodeSelector" "affinity" "tolerations" "runtimeClassName" "dnsPolicy" "dnsConfig" }}
{{- include "microservice.field" (list $field (kindIs "invalid" (index $.spec $field) | ternary (index $values $field) (index $.spec $field))) }}
{{- end }}
{{- $aliases := list }}
{{- range $ip, $names := $values.hostAliases }}{{ if $names }}{{ $aliases = append $aliases (dict "ip" $ip "hostnames" $names) }}{{ end }}{{ end }}
{{- include "microservice.field" (list "hostAliases" $aliases) }}
{{- include "microservice.pod.volumes" . }}
{{- end }}

{{- define "microservice.pod.annotations" -}}
{{- $annotations := merge (dict) (.spec.podAnnotations | default dict) (.root.Values.podAnnotations | default dict) }}
{{- if .configMap }}{{ $annotations = merge $annotations (include "microservice.configAnnotations" .root | fromYaml) }}{{ end }}
{{- toYaml $annotations }}
{{- end }}

{{- define "microservice.pod.imagePullSecrets" -}}
{{- $secrets := list }}
{{- range $secret, $use := .root.Values.imagePullSecrets }}
{{- if $use }}{{ $secrets = append $secrets (dict "name" $secret) }}{{ end }}
{{- end }}
{{- include "microservice.field" (list "imagePullSecrets" $secrets) }}
{{- end }}

{{- define "microservice.pod.volumes" -}}
{{- $root := .root }}
{{- $volumes := list }}
{{- with .configMap }}{{ $volumes = append $volumes (dict "name" "config" "configMap" (dict "name" .)) }}{{ end }}
{{- range $name, $volume := $root.Values.volumes }}
{{- if and $volume (or $.claims (not $volume.claim)) }}
{{- $source := omit $volume "mountPath" "subPath" "subPathExpr" "readOnly" "claim" }}
{{- if $volume.claim }}{{ $_ := set $source "persistentVolumeClaim" (dict "claimName" (include "microservice.nameOf" (list $root $name))) }}{{ end }}
{{- $volumes = append $volumes (merge (dict "name" $name) $source) }}
{{- end }}
{{- end }}
{{- $tmp := include "microservice.container.needsTmp" (dict "root" $root "spec" (not (empty .claims) | ternary dict .spec)) }}
{{- range $kind := list "initContainers" "sidecars" }}
{{- range $spec := index $.spec $kind }}
{{- if $spec }}{{ $tmp = print $tmp (include "microservice.container.needsTmp" (dict "root" $root "spec" $spec)) }}{{ end }}
{{- end }}
{{- end }}
{{- if $tmp }}{{ $volumes = append $volumes (dict "name" "tmp-of-images" "emptyDir" dict) }}{{ end }}
{{- include "microservice.field" (list "volumes" $volumes) }}
{{- end }}

{{/*
Init containers, and sidecars: init containers that go on running and end after the others
(https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/). In the order of their weights; of the same weight
init containers come first, and then it is their names.
*/}}
{{- define "microservice.pod.initContainers" -}}
{{- $pod := . }}
{{- $byPlace := dict }}
{{- range $kind := list "initContainers" "sidecars" }}
{{- range $name, $spec := index $pod.spec $kind }}
{{- if not (kindIs "invalid" $spec) }}
{{- $container := include "microservice.container" (dict "root" $pod.root "name" $name "claims" $pod.claims "spec" $spec) | fromYaml }}
{{- if eq $kind "sidecars" }}{{ $_ := set $container "restartPolicy" "Always" }}{{ end }}
{{- $_ := set $byPlace (printf "%07d %s %s" (add 1000000 ($spec.weight | default 0)) $kind $name) $container }}
{{- end }}
{{- end }}
{{- end }}
{{- $containers := list }}
{{- range $container := $byPlace }}{{ $containers = append $containers $container }}{{ end }}
{{- include "microservice.field" (list "initContainers" $containers) }}
{{- end }}

{{/* Spread over nodes and zones; only pods of the same ReplicaSet count, so that a rollout does not skew it. */}}
{{- define "microservice.pod.topologySpreadConstraints" -}}
{{- $root := .root }}
{{- $constraints := list }}
{{- range $key, $constraint := $root.Values.topologySpread }}
{{- with $constraint }}
{{- $constraints = append $constraints (merge (dict "topologyKey" $key "labelSelector" (dict "matchLabels" (include "microservice.selector" $root | fromYaml)) "matchLabelKeys" (list "pod-template-hash")) .) }}
{{- end }}
{{- end }}
{{- include "microservice.field" (list "topologySpreadConstraints" $constraints) }}
{{- end }}
