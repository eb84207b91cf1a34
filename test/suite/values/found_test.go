package values

import (
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

// found are values that random ones have led to: once they were admitted by the schema and refused by the server, rendered
// to something else than was meant, or refused though they are right.
var found = []struct {
	name   string
	values string
	loose  bool // pods are not to pass Pod Security `restricted`
	want   outcome
	says   string
}{
	{name: "a profile over another", loose: true, want: accepted, values: `
securityContext: {appArmorProfile: {type: Localhost, localhostProfile: example}}
sidecars: {proxy: {securityContext: {appArmorProfile: {type: RuntimeDefault}}}}`},
	{name: "a profile over none", loose: true, want: accepted, values: `
securityContext: {seccompProfile: {type: Localhost, localhostProfile: example}}
jobs: {migrate: {securityContext: {seccompProfile: {type: Unconfined}}}}`},
	{name: "privileges that exclude each other", loose: true, want: refusedByUs, says: "jobs.migrate.securityContext.allowPrivilegeEscalation: ", values: `
securityContext: {privileged: true, allowPrivilegeEscalation: true}
jobs: {migrate: {securityContext: {allowPrivilegeEscalation: false}}}`},
	{name: "a user of 32 bits", want: refusedBySchema, says: "at '/podSecurityContext/runAsUser'", values: `podSecurityContext: {runAsUser: 2147483648}`},
	{name: "a group of 32 bits", want: refusedBySchema, says: "at '/podSecurityContext/supplementalGroups/0'", values: `podSecurityContext: {supplementalGroups: [4294967295]}`},

	{name: "schedules", want: accepted, values: `
cronJobs:
  a: {schedule: "@every 1h30m"}
  b: {schedule: "*/100 0-23/6 ? jan-Mar,DEC Mon-fri"}
  c: {schedule: "5/15,20-30  08 1 * SUN"}
  d: {schedule: "@midnight", timeZone: Europe/Berlin}`},
	{name: "a schedule that runs backwards", want: refusedByUs, says: "cronJobs.a.schedule: 22-5 ", values: `cronJobs: {a: {schedule: "0 22-5 * * *"}}`},
	{name: "a schedule with a minute too many", want: refusedBySchema, says: "at '/cronJobs/a/schedule'", values: `cronJobs: {a: {schedule: "60 * * * *"}}`},
	{name: "a schedule with the second Sunday", want: refusedBySchema, says: "at '/cronJobs/a/schedule'", values: `cronJobs: {a: {schedule: "0 0 * * 7"}}`},

	{name: "a limit below the default request", want: refusedByUs, says: "resources.requests.memory: 64Mi is more than resources.limits.memory, 64; ", values: `resources: {limits: {memory: 64}}`},
	{name: "limits as quantities are written", want: accepted, values: `
resources: {limits: {memory: 1e9}}
initContainers: {a: {resources: {limits: {memory: .5Gi}}}, b: {resources: {limits: {memory: 5.M}}}, c: {resources: {limits: {memory: +1Ti}}}}
sidecars: {d: {resources: {limits: {memory: 128974848000m}}}, e: {resources: {limits: {memory: 1E7}}}, f: {resources: {limits: {memory: 5E}}}}`},
	{name: "limits that Go cannot use", want: accepted, values: `sidecars: {a: {resources: {limits: {memory: 0}}}, c: {resources: {limits: {memory: 8Ei}}}}`},

	{name: "a success that does not count", want: refusedByUs, says: "livenessProbe.successThreshold: ", values: `livenessProbe: {successThreshold: 2}`},
	{name: "a grace period of a probe that ends nothing", want: refusedByUs, says: "readinessProbe.terminationGracePeriodSeconds: ", values: `readinessProbe: {terminationGracePeriodSeconds: 5}`},
	{name: "a hook beside that of the defaults", want: refusedByUs, says: "lifecycle.preStop: has exec and sleep; ", values: `lifecycle: {preStop: {exec: {command: [/drain]}}}`},
	{name: "a hook instead of that of the defaults", want: accepted, values: `lifecycle: {preStop: {exec: {command: [/drain]}, sleep: null}}`},
	{name: "a sidecar that sleeps too long", want: refusedByUs, says: "sidecars.proxy.lifecycle.preStop.sleep.seconds: ", values: `sidecars: {proxy: {lifecycle: {preStop: {sleep: {seconds: 46}}}}}`},
	{name: "a prefix of a pattern", want: refusedByUs, says: "httpRoute.paths./a.type: ", values: `
httpRoute:
  enabled: true
  parentRefs: {the-gateway: {}}
  paths: {/a: {type: RegularExpression, filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: ""}}}]}}`},

	{name: "the service's image beside a job's own", want: accepted, values: `
config: {files: {a.yaml: {a: 1}}}
jobs: {migrate: {image: {repository: registry.example.com/tool, tag: "1"}, initContainers: {wait: {}}}}
tests: {smoke: {image: {repository: registry.example.com/tool, tag: "1"}, sidecars: {proxy: {}}}}`},
	{name: "a port that speaks nothing", want: refusedBySchema, says: "at '/ports/http/appProtocol'", values: `ports: {http: {port: 80, appProtocol: ""}}`},
	{name: "names that are no booleans", want: accepted, values: `
env: {"on": "yes", "y": "no", "N": "off", "null": "~"}
envFrom: {secrets: {"off": true}}
ports: {"y": {port: 1000}, "no": {port: 1001}}
config: {files: {"on": {"off": "y"}, "null": "no"}}
volumes: {"on": {mountPath: /on, emptyDir: {}}}
sidecars: {"y": {volumeMounts: {"on": {mountPath: /y}}}}
podAnnotations: {"on": "on"}
nodeSelector: {"y": "n"}`},
	{name: "names that are", want: refusedByUs, says: "env.true: ", values: `env: {on: a}`},
	{name: "an amount of nothing", want: refusedByUs, says: "podDisruptionBudget.maxUnavailable: is null, and so is minAvailable; ", values: `podDisruptionBudget: {maxUnavailable: null, minAvailable: null}`},

	{name: "a label with a prefix in capitals", want: refusedBySchema, says: "at '/nodeSelector'", values: `nodeSelector: {Example.com/a: b}`},
	{name: "an annotation with a prefix in capitals", want: accepted, values: `podAnnotations: {Example.com/a: b}`},
	{name: "a projected ConfigMap without a name", want: refusedBySchema, says: "missing property 'name'", values: `volumes: {a: {projected: {sources: [{configMap: {}}]}}}`},
	{name: "an image volume without an image", want: refusedBySchema, says: "missing property 'reference'", values: `volumes: {a: {image: {}}}`},
	{name: "a path that leaves the volume", want: refusedBySchema, says: "at '/volumes/a/subPath'", values: `volumes: {a: {mountPath: /a, subPath: b/../c, emptyDir: {}}}`},
	{name: "an absolute path in the volume", want: refusedBySchema, says: "at '/volumes/a/subPath'", values: `volumes: {a: {mountPath: /a, subPath: /b, emptyDir: {}}}`},
	{name: "a request to the service that may take longer than the whole", want: refusedByUs, says: "timeouts.backendRequest: ", values: `httpRoute: {enabled: true, parentRefs: {a: {}}, paths: {/: {timeouts: {request: 8ms, backendRequest: 723ms4ms}}}}`},
	{name: "one that may not", want: accepted, values: `httpRoute: {enabled: true, parentRefs: {a: {}}, paths: {/: {timeouts: {request: 1h, backendRequest: 59m59s1000ms}}, /a: {timeouts: {request: 0s, backendRequest: 1h}}}}`},
	{name: "an expression that is a fraction", want: refusedBySchema, says: "at '/prometheusRule/alerts/A/expr'", values: `prometheusRule: {alerts: {A: {expr: 0.5}}}`},
}

func TestWhatWasFoundStaysMended(t *testing.T) {
	t.Parallel()
	chart, err := render.Load(chartDir)
	require.NoError(t, err)
	for _, c := range found {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			values := map[string]any{}
			for _, text := range []string{"{environment: dev, image: {repository: registry.example.com/example, tag: dev-1}}", c.values} {
				var layer map[string]any
				require.NoError(t, yaml.Unmarshal([]byte(text), &layer))
				for name, value := range layer {
					values[name] = value
				}
			}
			got, err := try(t.Context(), chart, draft{values: values, loose: c.loose})
			require.Equal(t, c.want, got, "%v", err)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
			}
		})
	}
}
