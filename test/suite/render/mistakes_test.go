package render_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mistakes are rules that the chart's templates check: each with values that break it, and what the reader is told.
var mistakes = []struct {
	name   string
	values given
	says   []string
}{{
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
	values: yaml("readinessProbe: {tcpSocket: {port: http}}"),
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
	says:   []string{`terminationGracePeriodSeconds: 45 is less than lifecycle.preStop.sleep.seconds (60) and shutdownSeconds (30) together: the service would be killed while it drains; write at least 90`},
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
			_, err := try(t, release, c.values)
			require.Error(t, err)
			// The whole list, so that nothing is added to it either.
			_, list, _ := strings.Cut(err.Error(), "\n")
			require.Equal(t, "- "+strings.Join(c.says, "\n- "), list, err)
		})
	}
}

// What the templates can say, some case above makes them say.
func TestEveryMistakeHasACase(t *testing.T) {
	template, err := os.ReadFile(chartDir + "/templates/_mistakes.tpl")
	require.NoError(t, err)
	action := regexp.MustCompile(`{{.*?}}`)
	comment := regexp.MustCompile(`(?s){{/\*.*?\*/}}`)
	rules := 0
	for line := range strings.Lines(comment.ReplaceAllString(string(template), "")) {
		line = strings.TrimSpace(line)
		if action.ReplaceAllString(line, "") == "" {
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
