{{/*
Jobs of a GitLab as Kubernetes calls them, by the rules of ci/authentication.yaml: a project, the branch that the job is of, and
its environment. Its argument: the root, and the branch.
*/}}
{{- define "project.gitlabSubjects" -}}
{{- $root := index . 0 -}}
{{- $job := printf "%s:%s" (index . 1) $root.Values.environment -}}
{{- $subjects := list }}
{{- range $path, $on := $root.Values.deployer.gitlab.projects }}
{{- if $on }}
{{- $subjects = append $subjects (dict "apiGroup" "rbac.authorization.k8s.io" "kind" "User" "name" (printf "gitlab:%s:%s" $path $job)) }}
{{- end }}
{{- end }}
{{- range $path, $on := $root.Values.deployer.gitlab.groups }}
{{- if $on }}
{{- $subjects = append $subjects (dict "apiGroup" "rbac.authorization.k8s.io" "kind" "Group" "name" (printf "gitlab:%s:%s" $path $job)) }}
{{- end }}
{{- end }}
{{- with $subjects }}
{{- toYaml . }}
{{- end }}
{{- end }}
