{{/* repository:tag, repository@digest or repository:tag@digest. */}}
{{- define "microservice.image" -}}
{{ .repository }}
{{- if not (has .tag (list nil "")) }}:{{ include "microservice.text" .tag }}{{ end }}
{{- with .digest }}@{{ . }}{{ end }}
{{- end }}
