{{/*
What the schema cannot see, all of it at once: a line for each mistake, with the path in the values, what is wrong, and
what to write instead. Only mistakes.yaml fails, so that no single one hides the others.
*/}}
{{- define "project.mistakes" -}}
{{- range $theme := list "environment" "namespace" "deployer" "pullSecret" "networkPolicy" }}
{{ include (printf "project.mistakes.%s" $theme) $ }}
{{- end }}
{{- end }}

{{- define "project.mistakes.environment" -}}
{{- if not .Values.environment }}
environment: is empty; write the environment's name, such as environment: dev
{{- end }}
{{- end }}

{{- define "project.mistakes.deployer" -}}
{{- if eq .Values.deployer.name "default" }}
deployer.name: default is the account of every pod that names none, and all of them would get the deployer's rights; write another, such as deployer
{{- end }}
{{- with .Values.deployer.gitlab }}
{{- if and (or .branch .promotedTo) (not (include "project.gitlabSubjects" (list $ ""))) }}
deployer.gitlab: {{ ternary "branch" "promotedTo" (not (empty .branch)) }} is set, but no project and no group is; write whose jobs it is about, such as groups: {the-project: true}
{{- end }}
{{- end }}
{{- end }}

{{- define "project.mistakes.pullSecret" -}}
{{- with .Values.pullSecret }}
{{- if and .externalSecret.store (not .name) }}
pullSecret.name: is empty, but pullSecret.externalSecret.store is set; write the name of the Secret to make, such as regcred
{{- end }}
{{- if and .externalSecret.store (not .externalSecret.key) }}
pullSecret.externalSecret.key: is empty; write the key in {{ .externalSecret.store }} that has the registry's config.json
{{- end }}
{{- if and .externalSecret.key (not .externalSecret.store) }}
pullSecret.externalSecret.store: is empty, but pullSecret.externalSecret.key is set; write the {{ .externalSecret.storeKind }} that has this key
{{- end }}
{{- end }}
{{- end }}

{{- define "project.mistakes.networkPolicy" -}}
{{- if and .Values.networkPolicy.allowedNamespaces (not .Values.networkPolicy.defaultDeny) }}
networkPolicy.allowedNamespaces: has no effect while networkPolicy.defaultDeny is false, since nothing is denied; turn that on, or remove the namespaces
{{- end }}
{{- end }}
