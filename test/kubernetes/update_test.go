package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpdate(t *testing.T) {
	const (
		service  = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{name: http, port: 80}], selector: {app: a}}}"
		job      = "{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}"
		claim    = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
		stateful = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {serviceName: a, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}"
		secret   = "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: Opaque, stringData: {a: b}}"
		config   = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, immutable: true, data: {a: b}}"
		binding  = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}}"
		route    = "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}, spec: {parentRefs: [{name: a}], rules: [{timeouts: {request: 10s}}]}}"
	)
	tests := []struct {
		name, old, is, becomes string
		says                   string // nothing if it may
	}{
		{"another image", exampleDeployment, "example:1", "example:2", ""},
		{"another label of a Deployment", exampleDeployment, "matchLabels: {app: example}", "matchLabels: {app: other}", "spec.selector: Invalid value: "},
		{"another strategy", exampleDeployment, "type: RollingUpdate", "type: Recreate", ""},
		{"a field that is not known", exampleDeployment, "replicas: 2", "replica: 2", `unknown field "spec.replica"`},
		{"a value that is wrong", exampleDeployment, "replicas: 2", "replicas: -2", "spec.replicas: Invalid value: -2"},
		{"another port", service, "port: 80", "port: 81", ""},
		{"no address", service, "ports:", "clusterIP: None, ports:", `spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set`},
		{"another type of Service", service, "ports:", "type: LoadBalancer, ports:", ""},
		{"another image of a Job", job, "image: a", "image: b", "spec.template: Invalid value"},
		{"another deadline of a Job", job, "spec: {template", "spec: {activeDeadlineSeconds: 10, template", ""},
		{"other access to a claim", claim, "ReadWriteOnce", "ReadWriteMany", "spec: Forbidden: spec is immutable after creation"},
		{"another service of a StatefulSet", stateful, "serviceName: a", "serviceName: b", `spec.serviceName: Invalid value: "b": field is immutable`},
		{"more of a StatefulSet", stateful, "serviceName: a", "serviceName: a, replicas: 3", ""},
		{"another type of Secret", secret, "Opaque", "example.com/a", `type: Invalid value: "example.com/a": field is immutable`},
		{"other content of what is immutable", config, "a: b", "a: c", "data: Forbidden: field is immutable when `immutable` is set"},
		{"another role", binding, "kind: Role,", "kind: ClusterRole,", "roleRef: Invalid value"},
		{"a route that breaks a rule", route, "request: 10s", "request: 10s, backendRequest: 20s", "backendRequest timeout cannot be longer than request timeout"},
		{"a route that does not", route, "request: 10s", "request: 10s, backendRequest: 2s", ""},
		{"a route with a field that is not known", route, "timeouts", "timeout", `unknown field "spec.rules[0].timeout"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Contains(t, test.old, test.is)
			old, document := Parse([]byte(test.old)), Parse([]byte(strings.Replace(test.old, test.is, test.becomes, 1)))
			for _, version := range Versions() {
				problems, err := version.Update(old, old, "the-project")
				require.NoError(t, err)
				require.Empty(t, problems, "the same again")
				problems, err = version.Update(old, document, "the-project")
				require.NoError(t, err)
				if test.says == "" {
					require.Empty(t, problems)
					continue
				}
				require.Contains(t, fmt.Sprint(problems), test.says)
			}
		})
	}
}

func TestUpdateOfAnother(t *testing.T) {
	other := Parse([]byte(strings.Replace(exampleDeployment, "name: example", "name: other", 1)))
	_, err := Version("1.37").Update(Parse([]byte(exampleDeployment)), other, "a")
	require.EqualError(t, err, "Deployment.apps other is not an update of Deployment.apps example")
}

// A kind may change its API version: it stays the same object.
func TestUpdateToAnotherVersion(t *testing.T) {
	const old = "{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 2, targetCPUUtilizationPercentage: 50}}"
	const document = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 3, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]}}"
	problems, err := Version("1.37").Update(Parse([]byte(old)), Parse([]byte(document)), "a")
	require.NoError(t, err)
	require.Empty(t, problems)
}

// A panic in code that is not ours is about one object, not about all.
func TestPanicIsAProblem(t *testing.T) {
	judge := func() (problems []Problem) {
		defer survive(&problems)
		panic("no such thing")
	}
	problems := judge()
	require.True(t, Refused(problems))
	require.Contains(t, fmt.Sprint(problems), "Internal error: the API server's code cannot handle the object: no such thing")
}
