{{/* The service's container, field by field. Its name is the service's: `kubectl set image` and `kubectl logs -c` find it. */}}
{{- define "microservice.container" -}}
name: {{ include "microservice.name" . }}
image: {{ include "microservice.image" .Values.image | quote }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- include "microservice.container.ports" . }}
{{- include "microservice.container.env" . }}
{{- range $field := list "resources" "startupProbe" "readinessProbe" "livenessProbe" "lifecycle" "securityContext" }}
{{- with index $.Values $field }}
{{ $field }}:
  {{- include "microservice.yaml" . | nindent 2 }}
{{- end }}
{{- end }}
{{- include "microservice.container.volumeMounts" . }}
{{- end }}

{{- define "microservice.container.ports" -}}
{{- $ports := list }}
{{- range $name, $port := .Values.ports }}
{{- with $port }}
{{- $ports = append $ports (dict "name" $name "containerPort" (.containerPort | default .port) "protocol" (.protocol | default "TCP")) }}
{{- end }}
{{- end }}
{{- with $ports }}
ports:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "microservice.container.env" -}}
{{- $env := list }}
{{- range $name, $value := .Values.env }}
{{- if kindIs "map" $value }}
{{- $env = append $env (merge (dict "name" $name) $value) }}
{{- else if not (kindIs "invalid" $value) }}
{{- $env = append $env (dict "name" $name "value" (include "microservice.text" $value)) }}
{{- end }}
{{- end }}
{{- with $env }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "microservice.container.volumeMounts" -}}
{{- $mounts := list }}
{{- if include "microservice.configMapName" . }}
{{- $mounts = append $mounts (dict "name" "config" "mountPath" .Values.config.mountPath "readOnly" true) }}
{{- end }}
{{- range $name, $volume := .Values.volumes }}
{{- if and $volume $volume.mountPath }}
{{- $mounts = append $mounts (pick $volume "mountPath" "subPath" "readOnly" | merge (dict "name" $name)) }}
{{- end }}
{{- end }}
{{- with $mounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
