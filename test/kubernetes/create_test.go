package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const exampleDeployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: example, labels: {app: example}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate}
  selector: {matchLabels: {app: example}}
  template:
    metadata: {labels: {app: example}}
    spec:
      containers:
        - name: example
          image: registry.example.com/example:1
          ports: [{name: http, containerPort: 8080}]
          resources: {requests: {cpu: 100m}, limits: {cpu: "1"}}
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {}}]
`

// kinds has an object of each kind that the charts render, and what the API server says when a part of it is another.
var kinds = []struct {
	good   string
	broken []broken
}{
	{good: exampleDeployment, broken: []broken{
		{"matchLabels: {app: example}", "matchLabels: {app: other}", "spec.template.metadata.labels: Invalid value: {\"app\":\"example\"}: `selector` does not match template `labels`"},
		{"name: http", "name: a-name-that-is-too-long", `spec.template.spec.containers[0].ports[0].name: Invalid value: "a-name-that-is-too-long": must be no more than 15 characters`},
		{`limits: {cpu: "1"}`, "limits: {cpu: 50m}", `spec.template.spec.containers[0].resources.requests: Invalid value: "100m": must be less than or equal to cpu limit of 50m`},
		{"emptyDir: {}", "emptyDirectory: {}", `spec.template.spec.volumes[0].emptyDirectory: unknown field "spec.template.spec.volumes[0].emptyDirectory"`},
		{"[{name: data, emptyDir: {}}]", "[]", `spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"`},
		{"type: RollingUpdate", "type: Recreate, rollingUpdate: {maxSurge: 1}", "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"},
		{"replicas: 2", "replicas: two", "spec.replicas: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"},
		{"replicas: 2", "replicas: -1", "spec.replicas: Invalid value: -1: must be greater than or equal to 0"},
		{"replicas: 2", "{replicas: 2", ""},
		{"replicas: 2", "replicas: 2\n  replicas: 3", `key "replicas" already set in map`},
		{"name: example, labels", "name: Example, labels", `metadata.name: Invalid value: "Example": a lowercase RFC 1123 subdomain must consist of`},
		{"{name: example, labels", "{labels", "metadata.name: Required value: name or generateName is required"},
	}},
	{good: "{apiVersion: v1, kind: Service, metadata: {name: example}, spec: {selector: {app: example}, ports: [{name: http, port: 80, targetPort: http}]}}", broken: []broken{
		{"port: 80", "port: 70000", "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive"},
		{"selector:", "type: NodePorts, selector:", "spec.type: Unsupported value: \"NodePorts\""},
		{"targetPort: http", "targetPort: http, nodePort: 80", ""},
		{"selector:", "clusterIP: 10.0.0, selector:", "spec.clusterIPs[0]: Invalid value"},
	}},
	{good: "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: example}, spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: example, port: {name: http}}}}]}}]}}", broken: []broken{
		{"pathType: Prefix, ", "", "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"},
		{"path: /,", "path: a,", "spec.rules[0].http.paths[0].path: Invalid value: \"a\": must be an absolute path"},
		{"{name: http}", "{name: http, number: 80}", "spec.rules[0].http.paths[0].backend: Invalid value: \"\": cannot set both port name & port number"},
	}},
	{good: "{apiVersion: v1, kind: ConfigMap, metadata: {name: example}, data: {a.yaml: text}}", broken: []broken{
		{"a.yaml", "a/b", `data[a/b]: Invalid value: "a/b"`},
		{"text", "1", "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"},
	}},
	{good: "{apiVersion: v1, kind: Secret, metadata: {name: example}, type: Opaque, stringData: {a: b}}", broken: []broken{
		{"Opaque", "kubernetes.io/tls", "data[tls.crt]: Required value"},
	}},
	{good: "{apiVersion: v1, kind: ServiceAccount, metadata: {name: example}}", broken: []broken{{"{name: example}", "{name: a_b}", "metadata.name: Invalid value: \"a_b\""}}},
	{good: "{apiVersion: v1, kind: Namespace, metadata: {name: example}}", broken: []broken{{"{name: example}", "{name: a.b}", "metadata.name: Invalid value: \"a.b\""}, {"{name: example}", "{name: example, labels: {pod-security.kubernetes.io/enforce: strict}}", `metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted`}}},
	{good: "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: example}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}", broken: []broken{
		{"[ReadWriteOnce]", "[]", "spec.accessModes: Required value: at least 1 access mode is required"},
		{"storage: 1Gi", "memory: 1Gi", "spec.resources[storage]: Required value"},
		{"1Gi", "-1Gi", "must be greater than zero"},
	}},
	{good: "{apiVersion: v1, kind: LimitRange, metadata: {name: example}, spec: {limits: [{type: Container, default: {memory: 1Gi}, max: {memory: 2Gi}}]}}", broken: []broken{
		{"{memory: 1Gi}", "{memory: 3Gi}", "spec.limits[0].default[memory]: Invalid value"},
	}},
	{good: "{apiVersion: v1, kind: ResourceQuota, metadata: {name: example}, spec: {hard: {pods: 10}}}", broken: []broken{{"pods: 10", "pods: 10m", "spec.hard[pods]: Invalid value"}}},
	{good: "{apiVersion: v1, kind: Pod, metadata: {name: example}, spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}", broken: []broken{
		{"restartPolicy: Never", "restartPolicy: Sometimes", `spec.restartPolicy: Unsupported value: "Sometimes"`},
		{"image: a", "image: ''", "spec.containers[0].image: Required value"},
	}},
	{good: "{apiVersion: batch/v1, kind: Job, metadata: {name: example}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}", broken: []broken{
		{"restartPolicy: Never", "restartPolicy: Always", `spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"`},
	}},
	{good: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: example}, spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}", broken: []broken{
		{"@daily", "0 0 * *", `spec.schedule: Invalid value: "0 0 * *": expected exactly 5 fields`},
		{"'@daily'", "'@daily', timeZone: Moon", `spec.timeZone: Invalid value: "Moon"`},
		{"name: example", "name: " + strings.Repeat("a", 53), "must be no more than 52 characters"},
	}},
	{good: "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: example}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: example}, minReplicas: 1, maxReplicas: 2}}", broken: []broken{
		{"minReplicas: 1", "minReplicas: 3", "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"},
	}},
	{good: "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: example}, spec: {maxUnavailable: 1, selector: {matchLabels: {app: example}}}}", broken: []broken{
		{"maxUnavailable: 1", "maxUnavailable: 1, minAvailable: 1", "minAvailable and maxUnavailable cannot be both set"},
	}},
	{good: "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: example}, spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}}", broken: []broken{
		{"10.0.0.0/8", "10.0.0.0/40", "spec.ingress[0].from[0].ipBlock.cidr: Invalid value"},
	}},
	{good: "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: example}, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}", broken: []broken{{"verbs: [get]", "verbs: []", "rules[0].verbs: Required value"}}},
	{good: "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: example}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}, subjects: [{kind: ServiceAccount, name: a, namespace: b}]}", broken: []broken{
		{"kind: ServiceAccount", "kind: Robot", `subjects[0].kind: Unsupported value: "Robot"`},
		{"kind: Role,", "kind: Roles,", `roleRef.kind: Unsupported value: "Roles"`},
	}},
	{good: "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: example}, spec: {parentRefs: [{name: a}], rules: [{matches: [{path: {type: PathPrefix, value: /}}], timeouts: {request: 10s, backendRequest: 5s}}]}}", broken: []broken{
		{"backendRequest: 5s", "backendRequest: 20s", "backendRequest timeout cannot be longer than request timeout"}, // a CEL rule
		{"value: /", "value: a", "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']"},
		{"timeouts:", "timeout:", `unknown field "spec.rules[0].timeout"`},
	}},
	{good: "{apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: {name: example}, spec: {parentRefs: [{name: a}], rules: [{matches: [{method: {service: a}}]}]}}", broken: []broken{
		{"{service: a}", "{type: Exact}", "One or both of 'service' or 'method' must be specified"},
	}},
	{good: "{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: example}, spec: {selector: {}, endpoints: [{port: http, interval: 30s}]}}", broken: []broken{{"30s", "soon", "spec.endpoints[0].interval: Invalid value: \"soon\""}}},
	{good: "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: example}, spec: {groups: [{name: a, rules: [{alert: A, expr: up}]}]}}", broken: []broken{{", expr: up", "", "spec.groups[0].rules[0].expr: Required value"}}},
	{good: "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: example}, spec: {secretStoreRef: {name: vault}, data: [{secretKey: a, remoteRef: {key: b}}]}}", broken: []broken{{"{key: b}", "{}", "spec.data[0].remoteRef.key: Required value"}}},
	{good: "{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: example}, spec: {secretName: tls, dnsNames: [a.example.com], issuerRef: {name: a}}}", broken: []broken{{"issuerRef: {name: a}", "issuerRef: {}", "spec.issuerRef.name: Required value"}}},
	{good: "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: example}, spec: {scaleTargetRef: {name: example}, triggers: [{type: cpu, metadata: {value: '50'}}]}}", broken: []broken{{"'50'", "50", `spec.triggers[0].metadata.value: Invalid value: "integer"`}}},
}

type broken struct {
	is, wrong string
	want      string // in a problem; empty if any will do
}

func TestCreate(t *testing.T) {
	for _, kind := range kinds {
		good := Parse([]byte(kind.good))
		t.Run(good.Kind().Kind, func(t *testing.T) {
			for _, version := range Versions() {
				problems, err := version.Create(good, "the-project")
				require.NoError(t, err)
				require.Empty(t, problems, version)
			}
			for _, broken := range kind.broken {
				require.Contains(t, kind.good, broken.is)
				document := Parse([]byte(strings.Replace(kind.good, broken.is, broken.wrong, 1)))
				for _, version := range Versions() {
					problems, err := version.Create(document, "the-project")
					require.NoError(t, err)
					require.True(t, Refused(problems), broken.wrong)
					var said []string
					for _, problem := range problems {
						require.NotEmpty(t, problem.Source)
						said = append(said, problem.String())
					}
					require.Contains(t, strings.Join(said, "\n"), broken.want, broken.wrong)
				}
			}
		})
	}
}

// What one version has and another has not.
func TestVersionsDiffer(t *testing.T) {
	pod := func(field string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}], " + field + "}}"
	}
	tests := []struct {
		name, text string
		since, to  Version // that take it
		source     Source  // of what the others say
		says       string
	}{
		{"a field of 1.32", pod("resources: {limits: {cpu: 1}}"), "1.32", "1.37", Fields, `spec.resources: unknown field "spec.resources"`},
		{"a field of 1.34", pod("hostnameOverride: a"), "1.34", "1.37", Fields, `spec.hostnameOverride: unknown field "spec.hostnameOverride"`},
		{"an API removed in 1.32", "{apiVersion: flowcontrol.apiserver.k8s.io/v1beta3, kind: FlowSchema, metadata: {name: a}, spec: {priorityLevelConfiguration: {name: a}}}", "1.30", "1.31", Served, `apiVersion: no matches for kind "FlowSchema" in version "flowcontrol.apiserver.k8s.io/v1beta3"`},
		{"an API removed long ago", "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: a}}", "", "", Served, `apiVersion: no matches for kind "Ingress" in version "extensions/v1beta1"`},
		{"a beta that is off", "{apiVersion: resource.k8s.io/v1beta1, kind: ResourceClaim, metadata: {name: a}, spec: {}}", "", "", Served, `apiVersion: no matches for kind "ResourceClaim" in version "resource.k8s.io/v1beta1"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			document := Parse([]byte(test.text))
			for _, version := range Versions() {
				problems, err := version.Create(document, "a")
				require.NoError(t, err)
				if test.since <= version && version <= test.to {
					require.Empty(t, problems, version)
					continue
				}
				require.Len(t, problems, 1, version)
				require.Equal(t, test.source, problems[0].Source)
				require.Equal(t, test.says, problems[0].String())
			}
		})
	}
}

// What cannot be known is said, and refuses nothing.
func TestUndecided(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"a kind without a definition":      {"{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}}", `no matches for kind "Thing" in version "example.com/v1" among the definitions known here`},
		"another version of a custom kind": {"{apiVersion: external-secrets.io/v1beta1, kind: ExternalSecret, metadata: {name: a}}", `no matches for kind "ExternalSecret" in version "external-secrets.io/v1beta1"`},
		"a kind whose rules are not here":  {"{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: a}}", "the rules of kind CertificateSigningRequest are not known here, only its fields"},
		"two families of addresses":        {"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]}}", "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services"},
	} {
		t.Run(name, func(t *testing.T) {
			problems, err := Version("1.37").Create(Parse([]byte(test.text)), "a")
			require.NoError(t, err)
			require.Len(t, problems, 1)
			require.Equal(t, Undecided, problems[0].Source)
			require.Contains(t, problems[0].String(), test.says)
			require.False(t, Refused(problems))
		})
	}
	problems, err := Version("1.37").Create(Parse([]byte("{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: a}, spec: {usage: [], request: 1}}")), "a")
	require.NoError(t, err)
	require.True(t, Refused(problems), "its fields are known")
}

func TestIllegible(t *testing.T) {
	for text, says := range map[string]string{
		"":                               "Object 'Kind' is missing",
		"# nothing":                      "Object 'Kind' is missing",
		"a: b":                           "Object 'Kind' is missing",
		"kind: Pod":                      "Object 'apiVersion' is missing",
		"[]":                             "couldn't get version/kind",
		"text":                           "couldn't get version/kind",
		"a: b: c":                        "mapping values are not allowed in this context",
		"\x00\xff":                       "yaml",
		"a: &a [x, x]\nb: " + bomb():     "yaml",
		"a: " + strings.Repeat("a", 4e6): "Request entity too large: limit is 3145728",
	} {
		document := Parse([]byte(text))
		problems, err := Version("1.30").Create(document, "a")
		require.NoError(t, err)
		require.Len(t, problems, 1, "%.20q", text)
		require.Equal(t, Fields, problems[0].Source)
		require.Contains(t, problems[0].Message, says, "%.20q", text)
		problems, err = Version("1.30").PodSecurity(document, "restricted")
		require.NoError(t, err)
		require.Empty(t, problems)
	}
}

// bomb grows to billions of items when its aliases are followed.
func bomb() string {
	text := "&b [" + strings.Repeat("*a,", 9) + "]\n"
	for name := 'c'; name < 'l'; name++ {
		text += fmt.Sprintf("%c: &%c [%s]\n", name, name, strings.Repeat(fmt.Sprintf("*%c,", name-1), 9))
	}
	return text
}

func TestUnknownVersion(t *testing.T) {
	document := Parse([]byte(exampleDeployment))
	_, err := Version("1.29").Create(document, "a")
	require.ErrorContains(t, err, `version "1.29" of Kubernetes is not known; known are ["1.30" "1.31"`)
	_, err = Version("1.29").Update(document, document, "a")
	require.Error(t, err)
	_, err = Version("1.29").PodSecurity(document, "restricted")
	require.Error(t, err)
	_, err = Version("1.29").Capabilities()
	require.Error(t, err)
}
