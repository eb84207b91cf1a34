{{- define "microservice.mistakes.config" -}}
{{- range $file, $content := .Values.config.files }}
{{- include "microservice.mistakes.largeNumbers" (list (printf "config.files.%s" $file) "write it in quotes, or the whole file as text" $content) }}
{{- end }}
{{- if and .Values.config.existingConfigMap (include "microservice.configFiles" .) }}
config.existingConfigMap: is set and so is config.files; only one of them is mounted, remove the other (null removes a file)
{{- end }}
{{- if and (include "microservice.configMapName" .) (index (.Values.volumes | default dict) "config") }}
volumes.config: is the name of the volume with the configuration files; give it another name
{{- end }}
{{- end }}
