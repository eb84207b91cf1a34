package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gitlab.example.com/platform/slipway/test/render"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
)

// load reads the chart as Helm does.
func load(t *testing.T) *chart.Chart {
	loaded, err := loader.Load(microservice)
	require.NoError(t, err)
	return loaded
}

// check gives the chart values files, each later one wins, and returns what Helm says before it renders.
func check(t *testing.T, files ...string) error {
	given, err := render.Layers{Files: files}.Merge()
	require.NoError(t, err)
	loaded := load(t)
	coalesced, err := chartutil.CoalesceValues(loaded, given)
	require.NoError(t, err)
	return chartutil.ValidateAgainstSchema(loaded, coalesced)
}

// files writes values files, in order.
func files(t *testing.T, contents ...string) []string {
	var paths []string
	for i, content := range contents {
		path := filepath.Join(t.TempDir(), string(rune('a'+i))+".yaml")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		paths = append(paths, path)
	}
	return paths
}

func TestExampleIsAdmitted(t *testing.T) {
	const deploy = "../example-microservice/deploy"
	environments, err := filepath.Glob(deploy + "/values-*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, environments)
	for _, environment := range environments {
		require.NoError(t, check(t, deploy+"/values.yaml", environment), environment)
	}
}

// Every yaml block in the README is a values file.
func TestReadmeShowsAdmittedValues(t *testing.T) {
	page, err := os.ReadFile(microservice + "/README.md")
	require.NoError(t, err)
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		require.NoError(t, check(t, files(t, block)...), block)
	}
}

func TestNullRemoves(t *testing.T) {
	for name, layers := range map[string][]string{
		"a default":                     {"ports: {http: null}"},
		"all ports":                     {"ports: null"},
		"a probe":                       {"startupProbe: null"},
		"a handler for another":         {"livenessProbe: {httpGet: null, tcpSocket: {port: http}}"},
		"an optional value":             {"image: {digest: null}"},
		"an entry of an earlier file":   {"env: {A: text}", "env: {A: null}"},
		"a source of an earlier file":   {"env: {A: {valueFrom: {secretKeyRef: {name: a, key: b}}}}", "env: {A: {valueFrom: {secretKeyRef: null, fieldRef: {fieldPath: metadata.name}}}}"},
		"a limit of an earlier file":    {"resources: {limits: {cpu: 1}}", "resources: {limits: {cpu: null}}"},
		"a path of an earlier file":     {"ingress: {hosts: {a.example.com: {paths: {/: {}, /b: {}}}}}", "ingress: {hosts: {a.example.com: {paths: {/b: null}}}}"},
		"a host of an earlier file":     {"ingress: {hosts: {a.example.com: {paths: {/: {}}}}}", "ingress: {hosts: {a.example.com: null}}"},
		"a map of an earlier file":      {"podAnnotations: {a: b}", "podAnnotations: null"},
		"a volume of the defaults":      {"volumes: {tmp: null}"},
		"a file of an earlier file":     {"config: {files: {a.yml: {b: 1}}}", "config: {files: {a.yml: null}}"},
		"a secret of an earlier file":   {"imagePullSecrets: {a: true}", "imagePullSecrets: {a: null}"},
		"what was not there":            {"env: {A: null}", "env: {B: null}"},
		"the values for a parent chart": {"enabled: true", "enabled: null\nglobal: null"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, check(t, files(t, layers...)...))
		})
	}
}

func TestMistakesAreExplained(t *testing.T) {
	for values, message := range map[string]string{
		// Misspelt, or at the wrong level.
		"replicaCount: 3":                                              "at '': additional properties 'replicaCount' not allowed",
		"readinesProbe: {}":                                            "at '': additional properties 'readinesProbe' not allowed",
		"image: {pullpolicy: Always}":                                  "at '/image': additional properties 'pullpolicy' not allowed",
		"strategy: {maxSurge: 1}":                                      "at '/strategy': additional properties 'maxSurge' not allowed",
		"readinessProbe: {httpGet: {pth: /}}":                          "at '/readinessProbe/httpGet': additional properties 'pth' not allowed",
		"resources: {limit: {cpu: 1}}":                                 "at '/resources': additional properties 'limit' not allowed",
		"resources: {limits: {mem: 1Gi}}":                              "at '/resources/limits': additional properties 'mem' not allowed",
		"volumes: {data: {emptyDir: {sizelimit: 1Gi}}}":                "at '/volumes/data/emptyDir': additional properties 'sizelimit' not allowed",
		"ingress: {hosts: {api.example.com: {path: /}}}":               "at '/ingress/hosts/api.example.com': additional properties 'path' not allowed",
		"ingress: {hosts: {a.example.com: {paths: {/: {prt: http}}}}}": "at '/ingress/hosts/a.example.com/paths/~1': additional properties 'prt' not allowed",

		// What this chart has no use for.
		"volumes: {data: {hostPath: {path: /}}}": "at '/volumes/data': additional properties 'hostPath' not allowed",
		"securityContext: {windowsOptions: {}}":  "at '/securityContext': additional properties 'windowsOptions' not allowed",

		// Sections that the templates need.
		"ingress: null":                                  "at '': missing property 'ingress'",
		"minReadySeconds: null":                          "at '': missing property 'minReadySeconds'",
		"ingress: {tls: null}":                           "at '/ingress': missing property 'tls'",
		"serviceAccount: {create: null}":                 "at '/serviceAccount': missing property 'create'",
		"readinessProbe: {httpGet: null, tcpSocket: {}}": "at '/readinessProbe/tcpSocket': missing property 'port'",

		// Types.
		`replicas: "2"`:                            "at '/replicas': got string, want null or integer",
		"replicas: 2.5":                            "at '/replicas': got number, want null or integer",
		"env: [{name: A, value: b}]":               "at '/env': got array, want null or object",
		"env: {A: [b]}":                            "at '/env/A': got array, want null or boolean or number or string or object",
		"env: {A: {value: b}}":                     "at '/env/A': missing property 'valueFrom'",
		"annotations: {a: true}":                   "at '/annotations/a': got boolean, want null or string",
		"image: {tag: [a]}":                        "at '/image/tag': got array, want null or boolean or number or string",
		"livenessProbe: {exec: {command: [null]}}": "at '/livenessProbe/exec/command/0': got null, want string",

		// Bounds.
		"replicas: -1":                                        "at '/replicas': minimum: got -1, want 0",
		"ports: {http: {port: 0}}":                            "at '/ports/http/port': minimum: got 0, want 1",
		"ports: {http: {containerPort: 65536}}":               "at '/ports/http/containerPort': maximum: got 65,536, want 65,535",
		"ports: {a-name-of-more-than-15: {port: 1}}":          "at '/ports/a-name-of-more-than-15': false schema",
		"ports: {8080: {port: 8080}}":                         "at '/ports': additional properties '8080' not allowed",
		"startupProbe: {periodSeconds: 0}":                    "at '/startupProbe/periodSeconds': minimum: got 0, want 1",
		"startupProbe: {httpGet: {port: 70000}}":              "at '/startupProbe/httpGet/port': maximum: got 70,000, want 65,535",
		"startupProbe: {httpGet: {scheme: https}}":            "at '/startupProbe/httpGet/scheme': value must be one of 'HTTP', 'HTTPS'",
		"lifecycle: {preStop: {sleep: {seconds: 0}}}":         "at '/lifecycle/preStop/sleep/seconds': minimum: got 0, want 1",
		"strategy: {rollingUpdate: {maxUnavailable: 101%}}":   "at '/strategy/rollingUpdate/maxUnavailable': '101%' does not match pattern",
		"strategy: {rollingUpdate: {maxSurge: -1}}":           "at '/strategy/rollingUpdate/maxSurge': minimum: got -1, want 0",
		"strategy: {type: Rolling}":                           "at '/strategy/type': value must be one of 'RollingUpdate', 'Recreate'",
		"image: {repository: registry.example.com/app:dev-1}": "at '/image/repository': 'registry.example.com/app:dev-1' does not match pattern",
		"image: {digest: abc}":                                "at '/image/digest': 'abc' does not match pattern",
		"resources: {limits: {memory: 128MB}}":                "at '/resources/limits/memory': '128MB' does not match pattern",
		"ingress: {hosts: {a.example.com: {paths: {b: {}}}}}": "at '/ingress/hosts/a.example.com/paths': additional properties 'b' not allowed",
		"volumes: {data: {secret: {defaultMode: 512}}}":       "at '/volumes/data/secret/defaultMode': maximum: got 512, want 511",
		"volumes: {data: {mountPath: data}}":                  "at '/volumes/data/mountPath': 'data' does not match pattern",
		"progressDeadlineSeconds: 0":                          "at '/progressDeadlineSeconds': minimum: got 0, want 1",
	} {
		t.Run(values, func(t *testing.T) {
			require.ErrorContains(t, check(t, files(t, values)...), message)
		})
	}
}

// The templates refuse these in words of their own, so the schema must not.
func TestTemplatesMaySpeak(t *testing.T) {
	for _, values := range []string{
		"image: {tag: 20250811}", "image: {tag: 1.10}", "image: {tag: true}", "image: {tag: null}", "image: {repository: null}", "environment: null",
		"environment: ''", "ingress: {enabled: true, hosts: null}", "ingress: {enabled: true, hosts: {a.example.com: {}}}",
	} {
		t.Run(values, func(t *testing.T) {
			require.NoError(t, check(t, files(t, values)...))
		})
	}
}
