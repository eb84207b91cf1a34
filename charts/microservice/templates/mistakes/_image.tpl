{{- define "microservice.mistakes.image" -}}
{{- if not (or .Values.image.repository .Values.image.registry) }}
image.repository: is empty; write the image's repository, such as registry.example.com/the-project/{{ include "microservice.name" . }}
{{- end }}
{{- with .Values.image }}
{{- if has .tag (list nil "") }}
{{- if not .digest }}
image.tag: is empty, and so is image.digest; pass the tag that was built, such as --set image.tag=dev-1
{{- end }}
{{- else if kindIs "bool" .tag }}
image.tag: is the boolean {{ .tag }}; write it in quotes, "{{ .tag }}"
{{- else if and (kindIs "float64" .tag) (or (ne .tag (floor .tag)) (ge .tag 9007199254740992.0)) }}
image.tag: is the number {{ .tag }}, which may not be what was written; write it in quotes, such as tag: "12.5", or use --set-string
{{- else if not (regexMatch "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$" (include "microservice.text" .tag)) }}
image.tag: "{{ .tag }}" is no image tag; write at most 128 letters, digits, "_", "." and "-", the first no "." or "-"
{{- end }}
{{- end }}
{{- end }}
