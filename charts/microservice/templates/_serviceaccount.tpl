{{/* A ServiceAccount: the root, its name, more annotations. */}}
{{- define "microservice.serviceAccount" -}}
{{- $root := index . 0 -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "microservice.metadata" (list $root (index . 1) (merge (dict) (index . 2) ($root.Values.serviceAccount.annotations | default dict)) $root.Values.serviceAccount.labels) | nindent 2 }}
automountServiceAccountToken: {{ include "microservice.value" (list $root "serviceAccount.automount") | default "false" }}
{{- end }}
