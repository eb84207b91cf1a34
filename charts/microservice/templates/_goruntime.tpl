{{/*
Environment of Go's runtime. GOMEMLIMIT is a fraction of the container's memory limit, since the limit that the downward
API gives is 100 % of it and what is not heap needs room. GOMAXPROCS is left to Go, which reads the CPU limit itself from
1.25 on, unless asked for.
*/}}
{{- define "microservice.goRuntime" -}}
{{- with and (not .root.Values.image.foreign) .root.Values.goRuntime }}
{{- $limit := (($.spec.resources | default $.root.Values.resources | default dict).limits | default dict).memory }}
{{- $bytes := mulf (include "microservice.amount" ($limit | default 0)) (.memoryLimitRatio | default 0) | floor }}
{{- /* 0 would let Go do nothing but collect garbage, and more than 63 bits it does not start with. */}}
{{- if and (ge $bytes 1.0) (lt $bytes 9.2e18) }}
GOMEMLIMIT: {{ printf "%.0f" $bytes | quote }}
{{- end }}
{{- with .maxProcs }}
GOMAXPROCS: {{ int . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Number of a quantity: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */}}
{{- define "microservice.amount" -}}
{{- $text := include "microservice.text" . }}
{{- $unit := regexFind "[A-Za-z]+$" $text }}
{{- $factors := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 "m" 1e-3 "u" 1e-6 "n" 1e-9 }}
{{- mulf (trimSuffix $unit $text | float64) (index $factors $unit) }}
{{- end }}
