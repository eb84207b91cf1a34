{{/*
The Role and RoleBinding of an account, by serviceAccount.rules; empty if there are none. Its argument: `root`; `name`, of
both; `account`; and `annotations`, of both, if they have any.
*/}}
{{- define "microservice.role" -}}
{{- $root := .root }}
{{- with include "microservice.list" $root.Values.serviceAccount.rules -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "microservice.metadata" (list $root $.name $.annotations) | nindent 2 }}
rules:
  {{- . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "microservice.metadata" (list $root $.name $.annotations) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $.name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $.account | quote }}
    namespace: {{ include "microservice.namespace" $root | quote }}
{{- end }}
{{- end }}
