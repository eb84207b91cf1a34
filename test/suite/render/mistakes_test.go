package render_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mistakes are rules that the chart's templates check: each with values that break it, and what the reader is told.
var mistakes = []struct {
	name    string
	release string // its name, if it matters
	values  given
	says    []string
}{{
	name:   "variables of nothing",
	values: yaml("{env: {URL: postgres://$(USER)@db}, args: [--url, $(URL), $(NONE)], jobs: {migrate: {env: {A: $(USER)}}}}"),
	says: []string{
		`env.URL: $(USER) is no variable, and would stay as it is written; declare env.USER, or write $$(USER) if that is meant`,
		`args: $(NONE) is no variable, and would stay as it is written; declare env.NONE, or write $$(NONE) if that is meant`,
		`jobs.migrate.env.A: $(USER) is no variable, and would stay as it is written; declare env.USER, or write $$(USER) if that is meant`,
	},
}, {
	name:   "probes of no port",
	values: yaml("{probes: grpc, ports: {http: null}, readinessProbe: null, startupProbe: null}"),
	says:   []string{`livenessProbe.grpc.port: is not there, since ports is empty; declare one, or write probes: none`},
}, {
	name:   "names that nobody could look up",
	values: yaml("dnsPolicy: None"),
	says:   []string{`dnsConfig.nameservers: is empty, and with dnsPolicy None there are no others; write one`},
}, {
	name:   "two folders of a volume",
	values: yaml("{volumes: {a: {mountPath: /a, emptyDir: {}, subPath: a, subPathExpr: b}}, sidecars: {log: {volumeMounts: {tmp: {mountPath: /log, subPath: a, subPathExpr: b}}}}}"),
	says: []string{
		`volumes.a.subPathExpr: is set and so is subPath; remove one of them`,
		`sidecars.log.volumeMounts.tmp.subPathExpr: is set and so is subPath; remove one of them`,
	},
}, {
	name:   "labels of the chart's own",
	values: yaml("{labels: {app: other, team: a}, podLabels: {env: other}, service: {labels: {app.kubernetes.io/name: a}}, cronJobs: {report: {schedule: '@daily', podLabels: {client: a}}}}"),
	says: []string{
		`cronJobs.report.podLabels.client: is what the chart finds its objects by; give the label another name`,
		`labels.app: is what the chart finds its objects by; give the label another name`,
		`podLabels.env: is what the chart finds its objects by; give the label another name`,
		`service.labels.app.kubernetes.io/name: is what the chart finds its objects by; give the label another name`,
	},
}, {
	name:   "nobody says how many",
	values: yaml("replicas: null"),
	says:   []string{`replicas: is null, and no autoscaler is there to say how many; write a number`},
}, {
	name:   "nobody says how many at least",
	values: yaml("{replicas: null, keda: {enabled: true, triggers: {lag: {type: kafka, metadata: {}}}}}"),
	says:   []string{`keda.minReplicas: is replicas by default, which is null; write a number`},
}, {
	name:   "containers of a job with one name",
	values: yaml("jobs: {migrate: {sidecars: {migrate: {}, proxy: {image: {repository: a}}}, initContainers: {proxy: {}}}}"),
	says: []string{
		`jobs.migrate.sidecars.migrate: is the name of its own container too; give it another`,
		`jobs.migrate.sidecars.proxy: is the name of jobs.migrate.initContainers.proxy too; give it another`,
		`jobs.migrate.sidecars.proxy.image: needs repository and tag (or digest); write both, or leave image out to run the service's own`,
	},
}, {
	name:   "variables in a circle",
	values: yaml("env: {A: $(B), B: $(C), C: $(B)}"),
	says:   []string{`env.B: refers to itself in the end; write one of the variables on the way without $(NAME)`},
}, {
	name:   "numbers of which digits are lost",
	values: yaml("{env: {ID: 1234567890123456789, SMALL: 9007199254740991}, config: {files: {a.yaml: {ids: [{low: -9007199254740993}]}}}}"),
	says: []string{
		`config.files.a.yaml.ids[0].low: is a number of more digits than YAML keeps; write it in quotes, or the whole file as text`,
		`env.ID: is a number of more digits than YAML keeps; write it in quotes`,
	},
}, {
	name:   "half a byte of memory",
	values: yaml("{resources: {requests: {memory: 256m}, limits: {memory: 512m}}, volumes: {a: {emptyDir: {sizeLimit: 100k}}, b: {claim: {size: 10}}}, sidecars: {s: {resources: {limits: {memory: 64}}}}}"),
	says: []string{
		`resources.requests.memory: 256m is less than a mebibyte; write the unit, such as 256Mi`,
		`resources.limits.memory: 512m is less than a mebibyte; write the unit, such as 512Mi`,
		`sidecars.s.resources.limits.memory: 64 is less than a mebibyte; write the unit, such as 64Mi`,
		`volumes.a.emptyDir.sizeLimit: 100k is less than a mebibyte; write the unit, such as 100Mi`,
		`volumes.b.claim.size: 10 is less than a mebibyte; write the unit, such as 10Mi`,
	},
}, {
	name:   "a volume that the chart makes",
	values: yaml("volumes: {tmp-of-images: {emptyDir: {}}}"),
	says:   []string{`volumes.tmp-of-images: is the name of the volume that containers with an image of their own have at /tmp; give it another name`},
}, {
	name:   "one pod, and more",
	values: yaml("{singleton: true, replicas: 3, strategy: {rollingUpdate: {maxSurge: 1}}, autoscaling: {enabled: true, minReplicas: 1}}"),
	says: []string{
		`strategy.rollingUpdate: has no meaning with singleton: true; remove it`,
		`singleton: is true and so is autoscaling.enabled, which is there to make more pods than one; turn one of them round`,
		`singleton: is true, so there is one pod, and replicas is 3; remove one of them`,
	},
}, {
	name:   "ports for everybody outside",
	values: yaml("{service: {type: LoadBalancer}, ports: {metrics: {port: 9090}, debug: {port: 6060, service: false}}}"),
	says: []string{
		`ports.http.service: is not written, and service.type LoadBalancer lets whoever is outside reach each port of the Service; write true or false`,
		`ports.metrics.service: is not written, and service.type LoadBalancer lets whoever is outside reach each port of the Service; write true or false`,
	},
}, {
	name:   "what no Service of the type has",
	values: yaml("{service: {externalTrafficPolicy: Local}, ports: {http: {nodePort: 30080}}}"),
	says: []string{
		`service.externalTrafficPolicy: has no meaning with service.type ClusterIP, which nobody outside reaches; remove it`,
		`ports.http.nodePort: has no meaning with service.type ClusterIP; remove it, or write type: NodePort`,
	},
}, {
	name:   "a Service without an address for those outside",
	values: yaml("service: {type: NodePort, clusterIP: None}"),
	says:   []string{`service.clusterIP: is None, which service.type NodePort cannot have; remove one of them`},
}, {
	name:   "a way to a port that is not on the Service",
	values: yaml(ingress, "{ports: {http: {service: false}, other: {port: 81}}, serviceMonitor: {enabled: true}}"),
	says: []string{
		`ingress.hosts.api.example.com.paths./.port: "http" is not on the Service, by ports.http.service: false; remove that, or name another port`,
		`serviceMonitor.port: "http" is not on the Service, by ports.http.service: false; remove that, or name another port`,
	},
}, {
	name:   "a host of one word",
	values: yaml(ingress, httpRoute, "{ingress: {hosts: {api: {paths: {/: {}}}, localhost: {paths: {/: {}}}}}, httpRoute: {hostnames: {api: true, www: false}}}"),
	says: []string{
		`ingress.hosts.api: has no dot, and domain, which would follow it, is empty; write the whole host, or the domain`,
		`httpRoute.hostnames.api: has no dot, and domain, which would follow it, is empty; write the whole host, or the domain`,
	},
}, {
	name:   "paths that are patterns",
	values: yaml(ingress, `ingress: {hosts: {api.example.com: {paths: {"/api(/|$)(.*)": {}, /a$: {pathType: Exact}, "/b/.*": {}, "/c/.*": {pathType: ImplementationSpecific}, /Orders(1): {}}}}}`),
	says: []string{
		`ingress.hosts.api.example.com.paths./a$: looks like a pattern, of which pathType Exact takes each character as it is; write pathType: ImplementationSpecific, or the path without`,
		`ingress.hosts.api.example.com.paths./api(/|$)(.*): looks like a pattern, of which pathType Prefix takes each character as it is; write pathType: ImplementationSpecific, or the path without`,
		`ingress.hosts.api.example.com.paths./b/.*: looks like a pattern, of which pathType Prefix takes each character as it is; write pathType: ImplementationSpecific, or the path without`,
	},
}, {
	name: "a job that waits for a Secret that comes after it",
	values: yaml("{jobs: {migrate: {envFrom: {secrets: {example-microservice-db: true}}}, later: {hooks: [post-install], envFrom: {secrets: {example-microservice-db: true}}}, other: {env: {A: {valueFrom: {secretKeyRef: {name: example-microservice-db, key: a, optional: true}}}}}}}",
		"extraObjects: {db: {apiVersion: v1, kind: Secret}, early: {apiVersion: v1, kind: Secret, metadata: {name: '{{ .Release.Name }}-early', annotations: {helm.sh/hook: pre-install}}}}", "jobs: {third: {envFrom: {secrets: {example-microservice-early: true}}}}"),
	says: []string{`jobs.migrate.hooks: runs before the first install, when extraObjects.db is not there yet, and would wait for it in vain; write hooks: [post-install, pre-upgrade]`},
}, {
	name: "templates of others",
	values: yaml("extraObjects: {a: {apiVersion: v1, kind: ConfigMap, data: {alert: '{{ $labels.pod }} is down', quoted: '{{ `{{ $labels.pod }}` }}{{ \"{{\" }}'}}, b: {apiVersion: v1, kind: Workflow, spec: {args: ['{{inputs.parameters.x}}']}}, " +
		"c: {apiVersion: v1, kind: ConfigMap, data: {own: '{{ $x := .Release.Name }}{{ $x }}{{ range $i, $e := list 1 }}{{ $i }}{{ end }}'}}}"),
	says: []string{
		"extraObjects.a.data.alert: Helm has no {{ $labels.pod }}; if another program is to read it, write {{ `{{ $labels.pod }}` }}",
		"extraObjects.b.spec.args[0]: Helm has no {{inputs.parameters.x}}; if another program is to read it, write {{ `{{inputs.parameters.x}}` }}",
	},
}, {
	name:   "no environment",
	values: yaml(`environment: ""`),
	says:   []string{`environment: is empty; write the environment's name, such as environment: dev`},
}, {
	name:   "no repository",
	values: yaml(`image: {repository: ""}`),
	says:   []string{`image.repository: is empty; write the image's repository, such as registry.example.com/the-project/example-microservice`},
}, {
	name:   "no tag",
	values: yaml(`image: {tag: ""}`),
	says:   []string{`image.tag: is empty, and so is image.digest; pass the tag that was built, such as --set image.tag=dev-1`},
}, {
	name:   "the tag is removed",
	values: yaml().set("image.tag=null"),
	says:   []string{`image.tag: is empty, and so is image.digest; pass the tag that was built, such as --set image.tag=dev-1`},
}, {
	name:   "the tag is a boolean",
	values: yaml("image: {tag: true}"),
	says:   []string{`image.tag: is the boolean true; write it in quotes, "true"`},
}, {
	name:   "the tag is a boolean from set",
	values: yaml().set("image.tag=false"),
	says:   []string{`image.tag: is the boolean false; write it in quotes, "false"`},
}, {
	name:   "the tag is a number with a fraction",
	values: yaml("image: {tag: 1.10}"),
	says:   []string{`image.tag: is the number 1.1, which may not be what was written; write it in quotes, such as tag: "12.5", or use --set-string`},
}, {
	name:   "the tag is a number too large for YAML",
	values: yaml("image: {tag: 9007199254740993}"),
	says:   []string{`image.tag: is the number 9.007199254740992e+15, which may not be what was written; write it in quotes, such as tag: "12.5", or use --set-string`},
}, {
	name:   "the tag is none",
	values: yaml("image: {tag: feature/new}"),
	says:   []string{`image.tag: "feature/new" is no image tag; write at most 128 letters, digits, "_", "." and "-", the first no "." or "-"`},
}, {
	name:   "config from two places",
	values: yaml("config: {existingConfigMap: shared, files: {a.txt: a}}"),
	says:   []string{`config.existingConfigMap: is set and so is config.files; only one of them is mounted, remove the other (null removes a file)`},
}, {
	name:   "two volumes named config",
	values: yaml("config: {files: {a.txt: a}}\nvolumes: {config: {mountPath: /c, emptyDir: {}}}"),
	says:   []string{`volumes.config: is the name of the volume with the configuration files; give it another name`},
}, {
	name:   "a probe with two handlers",
	values: yaml("readinessProbe: {httpGet: {path: /ping}, tcpSocket: {port: http}}"),
	says:   []string{`readinessProbe: has httpGet and tcpSocket; keep one of exec, grpc, httpGet and tcpSocket, and remove the others with null`},
}, {
	name:   "a probe without handler",
	values: yaml("livenessProbe: {httpGet: null}"),
	says:   []string{`livenessProbe: has no handler; keep one of exec, grpc, httpGet and tcpSocket, and remove the others with null`},
}, {
	name:   "a probe of a port that is not declared",
	values: yaml("ports: {grpc: {port: 9090}}\nstartupProbe: {httpGet: {port: admin}}"),
	says:   []string{`startupProbe.httpGet.port: "admin" is not in ports (grpc, http); declare it there, name one that is, or remove the probe with startupProbe: null`},
}, {
	name:   "probes of a service that lost its ports",
	values: yaml("ports: {http: null}\nreadinessProbe: {httpGet: null, tcpSocket: {port: http}}"),
	says: []string{
		`startupProbe.httpGet.port: "http" is not in ports (none is declared); declare it there, name one that is, or remove the probe with startupProbe: null`,
		`readinessProbe.tcpSocket.port: "http" is not in ports (none is declared); declare it there, name one that is, or remove the probe with readinessProbe: null`,
		`livenessProbe.httpGet.port: "http" is not in ports (none is declared); declare it there, name one that is, or remove the probe with livenessProbe: null`,
	},
}, {
	name:   "a rolling update of what is recreated",
	values: yaml("strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}"),
	says:   []string{`strategy.rollingUpdate: has no meaning with strategy.type Recreate; remove it, or write type: RollingUpdate`},
}, {
	name:   "a drain longer than the grace period",
	values: yaml("shutdownSeconds: 60"),
	says:   []string{`terminationGracePeriodSeconds: 45 is less than lifecycle.preStop.sleep.seconds (10) and shutdownSeconds (60) together: the service would be killed while it drains; write at least 70`},
}, {
	name:   "a sleep longer than the grace period",
	values: yaml("lifecycle: {preStop: {sleep: {seconds: 60}}}"),
	says:   []string{`terminationGracePeriodSeconds: 45 is less than lifecycle.preStop.sleep.seconds (60): the service would be killed while it drains; write at least 60`},
}, {
	name:   "a route to a port that is not declared",
	values: yaml(ingress, "ingress: {hosts: {api.example.com: {paths: {/admin: {port: admin}}}}}"),
	says:   []string{`ingress.hosts.api.example.com.paths./admin.port: "admin" is not in ports (http); declare it there or name one that is`},
}, {
	name:   "a host without paths",
	values: yaml(ingress, "ingress: {hosts: {api.example.com: {paths: {/: null}}}}"),
	says:   []string{`ingress.hosts.api.example.com.paths: is empty; write the paths that lead to the service, such as paths: {"/": {}}`},
}, {
	name:   "a host with nothing beside another",
	values: yaml(ingress, "ingress: {hosts: {new.example.com: {}}}"),
	says:   []string{`ingress.hosts.new.example.com.paths: is empty; write the paths that lead to the service, such as paths: {"/": {}}`},
}, {
	name:   "no hosts left",
	values: yaml(ingress, "ingress: {hosts: {api.example.com: null}}"),
	says:   []string{`ingress.hosts: is empty but ingress.enabled is true; write a host, such as api.example.com: {paths: {"/": {}}}`},
}, {
	name:   "no hosts",
	values: yaml("ingress: {enabled: true}"),
	says:   []string{`ingress.hosts: is empty but ingress.enabled is true; write a host, such as api.example.com: {paths: {"/": {}}}`},
}, {
	name:   "a route to no Service",
	values: yaml(ingress, "service: {enabled: false}"),
	says:   []string{`ingress.enabled: is true but service.enabled is false, so the Ingress has nothing to lead to; turn one of them round`},
}, {
	name:   "two issuers",
	values: yaml(ingress, "ingress: {tls: {issuer: a, clusterIssuer: b}}"),
	says:   []string{`ingress.tls.issuer: is set and so is ingress.tls.clusterIssuer; a certificate has one issuer, remove the other`},
}, {
	name:    "a release that no Service can be named after",
	release: "1st",
	values:  yaml(),
	says:    []string{`fullnameOverride: the release's name, "1st", is none for a Service; write one here of small letters, digits and hyphens that begins with a letter, or give the release such a name`},
}, {
	name:   "names that YAML takes for booleans",
	values: yaml("env: {on: a, OFF: b, LOG: c}\nports: {y: {port: 1}}\npodAnnotations: {no: d}"),
	says: []string{
		`env.false: is how YAML reads n, no and off; write the name in quotes, or another if it is false itself`,
		`env.true: is how YAML reads y, yes and on; write the name in quotes, or another if it is true itself`,
		`podAnnotations.false: is how YAML reads n, no and off; write the name in quotes, or another if it is false itself`,
		`ports.true: is how YAML reads y, yes and on; write the name in quotes, or another if it is true itself`,
	},
}, {
	name:   "requests above limits",
	values: yaml("resources: {limits: {cpu: 0.01, memory: 33M}}\njobs: {migrate: {resources: {requests: {memory: 1Gi}, limits: {memory: 1G}}}}"),
	says: []string{
		`resources.requests.cpu: 50m is more than resources.limits.cpu, 0.01; write less, or more there`,
		`resources.requests.memory: 64Mi is more than resources.limits.memory, 33M; write less, or more there`,
		`jobs.migrate.resources.requests.memory: 1Gi is more than jobs.migrate.resources.limits.memory, 1G; write less, or more there`,
	},
}, {
	name:   "a privileged service, and a job that is not to be",
	values: yaml("securityContext: {privileged: true, allowPrivilegeEscalation: true}\njobs: {migrate: {securityContext: {allowPrivilegeEscalation: false}}}"),
	says:   []string{`jobs.migrate.securityContext.allowPrivilegeEscalation: is false, which a privileged container and one with CAP_SYS_ADMIN cannot be; write true, or fewer privileges`},
}, {
	name:   "a privilege that takes another",
	values: yaml("securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}}"),
	says:   []string{`securityContext.allowPrivilegeEscalation: is false, which a privileged container and one with CAP_SYS_ADMIN cannot be; write true, or fewer privileges`},
}, {
	name:   "successes that Kubernetes does not count",
	values: yaml("livenessProbe: {successThreshold: 2}\nreadinessProbe: {successThreshold: 2}"),
	says:   []string{`livenessProbe.successThreshold: is 2, but one success is enough for this probe; remove it`},
}, {
	name:   "a grace period of a probe that ends nothing",
	values: yaml("livenessProbe: {terminationGracePeriodSeconds: 5}\nreadinessProbe: {terminationGracePeriodSeconds: 5}"),
	says:   []string{`readinessProbe.terminationGracePeriodSeconds: has no meaning, since this probe ends no container; remove it`},
}, {
	name:   "a command beside the sleep of the defaults",
	values: yaml("lifecycle: {preStop: {exec: {command: [/drain]}}}"),
	says:   []string{`lifecycle.preStop: has exec and sleep; keep one of exec, httpGet and sleep, and remove the others with null`},
}, {
	name: "probes and hooks of a sidecar",
	values: yaml(`
sidecars:
  proxy:
    ports: {admin: {port: 9901}}
    startupProbe: {httpGet: {port: admin}}
    readinessProbe: {httpGet: {port: http}}
    livenessProbe: {}
    lifecycle: {preStop: {sleep: {seconds: 46}}, postStart: {httpGet: {port: http}}}
`),
	says: []string{
		`sidecars.proxy.readinessProbe.httpGet.port: "http" is not in ports (admin); declare it there, name one that is, or remove the probe with sidecars.proxy.readinessProbe: null`,
		`sidecars.proxy.lifecycle.postStart.httpGet.port: "http" is not in ports (admin); declare it there, name one that is, or remove the hook with sidecars.proxy.lifecycle.postStart: null`,
		`sidecars.proxy.lifecycle.preStop.sleep.seconds: 46 is more than terminationGracePeriodSeconds, 45; write less, or more there`,
	},
}, {
	name:   "a prefix to replace, of a path that has none",
	values: yaml("httpRoute: {enabled: true, parentRefs: {gateway: {}}, paths: {/a: {type: Exact, filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: \"\"}}}]}}}"),
	says:   []string{`httpRoute.paths./a.type: is Exact, of which a filter cannot replace the prefix; write PathPrefix, or replaceFullPath in the filter`},
}, {
	name:   "schedules that run backwards",
	values: yaml(`cronJobs: {a: {schedule: "0 22-5 * * Fri-MON"}, b: {schedule: "5-6 1-1 08-09 jan-dec sun-1"}}`),
	says: []string{
		`cronJobs.a.schedule: 22-5 runs backwards; write the two parts of the range with a comma, such as 22-23,0-5`,
		`cronJobs.a.schedule: Fri-MON runs backwards; write the two parts of the range with a comma, such as SAT,SUN`,
	},
}, {
	name:   "a budget of nothing",
	values: yaml("podDisruptionBudget: {maxUnavailable: null}"),
	says:   []string{`podDisruptionBudget.maxUnavailable: is null, and so is minAvailable; write one of them, such as maxUnavailable: 1`},
}, {
	name:   "rules for everybody's account",
	values: yaml(`serviceAccount: {create: false, rules: {read: {apiGroups: [""], resources: [pods], verbs: [get]}}}`),
	says:   []string{`serviceAccount.rules: would hold for every pod in the namespace that has no account of its own; write serviceAccount.create: true, or a name`},
}, {
	name:   "containers of one name",
	values: yaml("{initContainers: {example-microservice: {}, a: {}}, sidecars: {a: {}}}"),
	says: []string{
		`initContainers.example-microservice: is the name of the service's own container too; give it another`,
		`sidecars.a: is the name of initContainers.a too; give it another`,
	},
}, {
	name:   "half an image",
	values: yaml("{jobs: {migrate: {image: {repository: registry.example.com/tool}}}, tests: {answers: {image: {tag: '1'}}}}"),
	says: []string{
		`jobs.migrate.image: needs repository and tag (or digest); write both, or leave image out to run the service's own`,
		`tests.answers.image: needs repository and tag (or digest); write both, or leave image out to run the service's own`,
	},
}, {
	name:   "a mount of what is no volume",
	values: yaml("initContainers: {a: {volumeMounts: {data: {mountPath: /data}}}}"),
	says:   []string{`initContainers.a.volumeMounts.data: is not in volumes; declare volumes.data`},
}, {
	name:   "a job that mounts a claim",
	values: yaml("{volumes: {data: {claim: {size: 1Gi}}}, sidecars: {a: {volumeMounts: {data: {mountPath: /data}}}}, cronJobs: {clean: {schedule: '@daily', volumeMounts: {data: {mountPath: /data}}}}}"),
	says:   []string{`cronJobs.clean.volumeMounts.data: volumes.data is a claim, which the service's pods alone mount; remove it`},
}, {
	name:   "two volumes in one place",
	values: yaml("{volumes: {more: {mountPath: /tmp, emptyDir: {}}}, jobs: {migrate: {}}}"),
	says: []string{
		`volumes.tmp.mountPath: is where more is mounted too; write another`,
	},
}, {
	name:   "a mount where another is",
	values: yaml("{volumes: {more: {emptyDir: {}}}, jobs: {migrate: {volumeMounts: {more: {mountPath: /tmp}}}}}"),
	says:   []string{`jobs.migrate.volumeMounts.more.mountPath: is where tmp is mounted too; write another`},
}, {
	name:   "a volume with two sources and one with none",
	values: yaml("volumes: {tmp: {secret: {secretName: a}}, none: {mountPath: /none}}"),
	says: []string{
		`volumes.none: has no source; keep one source, such as emptyDir: {}, and remove the others with null`,
		`volumes.tmp: has emptyDir and secret; keep one source, such as emptyDir: {}, and remove the others with null`,
	},
}, {
	name:   "a claim for one node, and several pods",
	values: yaml("volumes: {data: {claim: {size: 1Gi, accessModes: [ReadWriteOnce]}}}"),
	says:   []string{`volumes.data.claim.accessModes: ReadWriteOnce lets one node or pod mount it, so the pods of a rollout wait for each other; write ReadWriteMany, or singleton: true if one pod is enough`},
}, {
	name:   "a claim for one pod, and a rollout of two",
	values: yaml("{replicas: 1, volumes: {data: {claim: {size: 1Gi, accessModes: [ReadWriteOncePod]}}}}"),
	says:   []string{`volumes.data.claim.accessModes: ReadWriteOncePod lets one node or pod mount it, so the pods of a rollout wait for each other; write ReadWriteMany, or singleton: true if one pod is enough`},
}, {
	name:   "two ports that are one",
	values: yaml("ports: {grpc: {port: 9090, containerPort: 8080}, web: {port: 8080, containerPort: 8081}, dns: {port: 8080, protocol: UDP}}"),
	says: []string{
		`ports.http.containerPort: 8080/TCP is that of ports.grpc too; give it another number`,
		`ports.web.port: 8080/TCP is that of ports.http too; give it another number`,
	},
}, {
	name:   "no surge and nothing unavailable",
	values: yaml("strategy: {rollingUpdate: {maxSurge: 0}}"),
	says:   []string{`strategy.rollingUpdate.maxSurge: 0 and no pod may be unavailable, so no pod could ever be replaced; write at least 1`},
}, {
	name:   "a rollout that cannot end in time",
	values: yaml("minReadySeconds: 240"),
	says:   []string{`progressDeadlineSeconds: 240 is not more than minReadySeconds, 240, so that no rollout could end in time; write more, or less there`},
}, {
	name:   "two autoscalers",
	values: yaml("{autoscaling: {enabled: true}, keda: {enabled: true, triggers: {lag: {type: kafka, metadata: {}}}}}"),
	says:   []string{`keda.enabled: is true and so is autoscaling.enabled; two autoscalers fight over the number of pods, turn one off`},
}, {
	name:   "more at least than at most",
	values: yaml("{replicas: 5, autoscaling: {enabled: true, maxReplicas: 3}}"),
	says:   []string{`autoscaling.minReplicas: 5 is more than autoscaling.maxReplicas, 3; write less, or more there`},
}, {
	name:   "more with an autoscaler than without",
	values: yaml("keda: {enabled: true, minReplicas: 3, triggers: {lag: {type: kafka, metadata: {}}}}"),
	says:   []string{`keda.minReplicas: 3 is more than replicas, 2, to which the service would drop when the autoscaler is turned off; write replicas: 3`},
}, {
	name:   "a HorizontalPodAutoscaler to nothing",
	values: yaml("{replicas: 0, autoscaling: {enabled: true}}"),
	says:   []string{`autoscaling.minReplicas: is 0, to which a HorizontalPodAutoscaler cannot scale; write at least 1, or use keda`},
}, {
	name:   "a share of no request",
	values: yaml("{resources: {requests: {cpu: null, memory: null}}, autoscaling: {enabled: true, memoryUtilization: 70}}"),
	says: []string{
		`autoscaling.cpuUtilization: is a share of the request, and resources.requests.cpu is not set; set it, or remove the metric with null`,
		`autoscaling.memoryUtilization: is a share of the request, and resources.requests.memory is not set; set it, or remove the metric with null`,
	},
}, {
	name:   "nothing to scale on",
	values: yaml("autoscaling: {enabled: true, cpuUtilization: null}"),
	says:   []string{`autoscaling.metrics: is empty, and so are cpuUtilization and memoryUtilization; write one of them`},
}, {
	name:   "nothing to scale on with KEDA",
	values: yaml("keda: {enabled: true}"),
	says:   []string{`keda.triggers: is empty; write what to scale on, or use autoscaling`},
}, {
	name:   "a budget of nothing",
	values: yaml("podDisruptionBudget: {maxUnavailable: 0}"),
	says:   []string{`podDisruptionBudget.maxUnavailable: 0 forbids every eviction, so no node can be drained; write at least 1`},
}, {
	name:   "a budget that needs all pods",
	values: yaml("podDisruptionBudget: {minAvailable: 2}"),
	says:   []string{`podDisruptionBudget.minAvailable: 2 of 2 pods forbids every eviction, so no node can be drained; write less`},
}, {
	name:   "a budget that needs all pods, in percent",
	values: yaml("podDisruptionBudget: {minAvailable: 100%}"),
	says:   []string{`podDisruptionBudget.minAvailable: 100% of 2 pods forbids every eviction, so no node can be drained; write less`},
}, {
	name:   "a host that is an address",
	values: yaml("ingress: {enabled: true, hosts: {192.0.2.1: {paths: {/: {}}}}}"),
	says:   []string{`ingress.hosts.192.0.2.1: is an address; write the name of a host`},
}, {
	name:   "a path that an Ingress does not take",
	values: yaml(ingress, "ingress: {hosts: {api.example.com: {paths: {/a//b: {}, /a/../b: {pathType: ImplementationSpecific}}}}}"),
	says:   []string{`ingress.hosts.api.example.com.paths./a//b: has an empty element, ".", ".." or %2F; write the path without, or pathType: ImplementationSpecific`},
}, {
	name:   "two ingress classes",
	values: yaml(ingress, "ingress: {className: traefik, annotations: {kubernetes.io/ingress.class: nginx}}"),
	says:   []string{`ingress.annotations.kubernetes.io/ingress.class: is what ingress.className replaced, and that is set; remove the annotation`},
}, {
	name:   "routes with nothing",
	values: yaml("{httpRoute: {enabled: true}, grpcRoute: {enabled: true}}"),
	says: []string{
		`grpcRoute.parentRefs: is empty but grpcRoute.enabled is true; write the Gateway, such as parentRefs: {the-gateway: {}}`,
		`grpcRoute.services: is empty but grpcRoute.enabled is true; write what leads to the service, such as services: {the.package.Service: {}}`,
		`httpRoute.parentRefs: is empty but httpRoute.enabled is true; write the Gateway, such as parentRefs: {the-gateway: {}}`,
		`httpRoute.paths: is empty but httpRoute.enabled is true; write what leads to the service, such as paths: {"/": {}}`,
	},
}, {
	name:   "more paths than a route takes",
	values: yaml(httpRoute, "httpRoute: {paths: {/1: {}, /2: {}, /3: {}, /4: {}, /5: {}, /6: {}, /7: {}, /8: {}, /9: {}, /10: {}, /11: {}, /12: {}, /13: {}, /14: {}, /15: {}, /16: {}}}"),
	says:   []string{`httpRoute.paths: has 17 entries, and a route takes 16; move the others to a second release's or to extraObjects`},
}, {
	name:   "a request to the service that may take longer than the whole",
	values: yaml(httpRoute, "httpRoute: {paths: {/a: {timeouts: {request: 1m1s, backendRequest: 61001ms}}, /b: {timeouts: {request: 1m1s, backendRequest: 61s}}, /c: {timeouts: {request: 0s, backendRequest: 1s}}}}"),
	says:   []string{`httpRoute.paths./a.timeouts.backendRequest: 61001ms is more than timeouts.request, 1m1s, of which it is a part; write less, or more there`},
}, {
	name:   "paths that an HTTPRoute does not take",
	values: yaml(httpRoute, `httpRoute: {paths: {/a//b: {}, "/a b": {}, /a%2Fb: {}, /a%zz: {}, "/a//[b]": {type: RegularExpression}, /a%20b: {}}}`),
	says: []string{
		`httpRoute.paths./a b: has an empty element, ".", "..", %2F or a character that is to be percent-encoded; write the path without, or type: RegularExpression`,
		`httpRoute.paths./a%2Fb: has an empty element, ".", "..", %2F or a character that is to be percent-encoded; write the path without, or type: RegularExpression`,
		`httpRoute.paths./a%zz: has an empty element, ".", "..", %2F or a character that is to be percent-encoded; write the path without, or type: RegularExpression`,
		`httpRoute.paths./a//b: has an empty element, ".", "..", %2F or a character that is to be percent-encoded; write the path without, or type: RegularExpression`,
	},
}, {
	name:   "routes to ports that are not declared",
	values: yaml(httpRoute, grpcRoute, "{ports: {grpc: null}, httpRoute: {paths: {/: {port: admin}}}}"),
	says: []string{
		`grpcRoute.services.the.package.Service.port: "grpc" is not in ports (http); declare it there or name one that is`,
		`httpRoute.paths./.port: "admin" is not in ports (http); declare it there or name one that is`,
	},
}, {
	name:   "routes to no Service",
	values: yaml(httpRoute, grpcRoute, "service: {enabled: false}"),
	says: []string{
		`grpcRoute.enabled: is true but service.enabled is false, so the route has nothing to lead to; turn one of them round`,
		`httpRoute.enabled: is true but service.enabled is false, so the route has nothing to lead to; turn one of them round`,
	},
}, {
	name:   "a share for no canary",
	values: yaml(httpRoute, "httpRoute: {canary: {weight: 10}}"),
	says:   []string{`httpRoute.canary.release: is empty but canary.weight is 10; write the release that gets this share`},
}, {
	name:   "a monitor of nothing",
	values: yaml("{service: {enabled: false}, serviceMonitor: {enabled: true, port: admin}}"),
	says: []string{
		`serviceMonitor.port: "admin" is not in ports (http); declare it there or name one that is`,
		`serviceMonitor.enabled: is true but service.enabled is false, and a ServiceMonitor finds pods through their Service; turn one of them round`,
	},
}, {
	name:   "a job's own account, which is the service's",
	values: yaml("jobs: {migrate: {serviceAccountName: example-microservice}}"),
	says:   []string{`jobs.migrate.serviceAccountName: is the service's own account, which Helm makes after the job; leave it out, and the job has it in time`},
}, {
	name:   "no alerts",
	values: yaml("prometheusRule: {enabled: true}"),
	says:   []string{`prometheusRule.alerts: is empty but prometheusRule.enabled is true; write an alert, or turn it off`},
}, {
	name:   "a secret of nothing",
	values: yaml("externalSecrets: {keys: {store: vault}}"),
	says:   []string{`externalSecrets.keys: has neither data nor extract; write which keys of the store it is made of`},
}, {
	name:   "a job that waits for a secret that comes after it",
	values: yaml("{externalSecrets: {keys: {store: vault, env: true, extract: a}}, jobs: {migrate: {}, later: {hooks: [post-install]}, other: {image: {repository: registry.example.com/tool, tag: '1'}}}}"),
	says:   []string{`jobs.migrate.hooks: runs before the first install, when externalSecrets.keys is not there yet, and would wait for it in vain; write hooks: [post-install, pre-upgrade]`},
}, {
	name:   "production with one pod",
	values: yaml("{environment: prod, replicas: 1}"),
	says:   []string{`replicas: one pod is not enough in environment prod, which is one of productionEnvironments; write at least 2, or singleton: true if it must never run twice`},
}, {
	name:   "production scaled to one pod",
	values: yaml("{environment: prod, autoscaling: {enabled: true, minReplicas: 1}}"),
	says:   []string{`autoscaling.minReplicas: one pod is not enough in environment prod, which is one of productionEnvironments; write at least 2, or singleton: true if it must never run twice`},
}, {
	name:   "production without a memory limit",
	values: yaml("{environment: prod, resources: {limits: null}}"),
	says:   []string{`resources.limits.memory: must be set in environment prod, which is one of productionEnvironments, or one pod can take its node down; write a limit, such as 128Mi`},
}, {
	name:   "production without a budget",
	values: yaml("{environment: prod, podDisruptionBudget: {enabled: false}}"),
	says:   []string{`podDisruptionBudget.enabled: must be true in environment prod, which is one of productionEnvironments, or a node drain takes all pods at once`},
}, {
	name:   "production with a tag that moves",
	values: yaml("{environment: prod, image: {tag: prod-latest}}"),
	says:   []string{`image.tag: "prod-latest" moves, so nobody could tell what ran or go back to it in environment prod, which is one of productionEnvironments; write the tag of one build, such as prod-1, or a digest`},
}, {
	name:   "several mistakes",
	values: yaml(ingress, "shutdownSeconds: 60\nservice: {enabled: false}\nimage: {tag: 1.5}\nlivenessProbe: {httpGet: null}"),
	says: []string{
		`image.tag: is the number 1.5, which may not be what was written; write it in quotes, such as tag: "12.5", or use --set-string`,
		`livenessProbe: has no handler; keep one of exec, grpc, httpGet and tcpSocket, and remove the others with null`,
		`terminationGracePeriodSeconds: 45 is less than lifecycle.preStop.sleep.seconds (10) and shutdownSeconds (60) together: the service would be killed while it drains; write at least 70`,
		`ingress.enabled: is true but service.enabled is false, so the Ingress has nothing to lead to; turn one of them round`,
	},
}}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			broken := release
			broken.Name = cmp.Or(c.release, name)
			_, err := try(t, broken, c.values)
			require.Error(t, err)
			// The whole list, so that nothing is added to it either.
			_, list, _ := strings.Cut(err.Error(), "\n")
			require.Equal(t, "- "+strings.Join(c.says, "\n- "), list, err)
		})
	}
}

// inACluster is what the templates say of what is live, which suite deploy makes them say (TestMigrationOfANeighbour).
const inACluster = "which is there and belongs to release"

// What the templates can say, some case above makes them say.
func TestEveryMistakeHasACase(t *testing.T) {
	files, err := filepath.Glob(chartDir + "/templates/mistakes/_*.tpl")
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	comment := regexp.MustCompile(`(?s){{-? ?/\*.*?\*/}}`)
	choice := regexp.MustCompile(`{{ with .*{{ end }}`)
	action := regexp.MustCompile(`{{("(\\.|[^"\\])*"|[^"])*?}}`)
	rules := 0
	for line := range strings.Lines(comment.ReplaceAllString(all.String(), "")) {
		line = choice.ReplaceAllString(strings.TrimSpace(line), "{{}}")
		if !strings.Contains(action.ReplaceAllString(line, ""), ": ") {
			continue // no path and what is wrong there
		}
		if strings.Contains(line, inACluster) {
			continue
		}
		rules++
		rule := regexp.MustCompile("^" + strings.Join(quoteAll(action.Split(line, -1)), ".*") + "$")
		require.True(t, anySays(rule), "no case makes the chart say: %s", line)
	}
	require.NotZero(t, rules)
}

func quoteAll(texts []string) []string {
	for i, text := range texts {
		texts[i] = regexp.QuoteMeta(text)
	}
	return texts
}

func anySays(rule *regexp.Regexp) bool {
	for _, c := range mistakes {
		for _, said := range c.says {
			if rule.MatchString(said) {
				return true
			}
		}
	}
	return false
}
