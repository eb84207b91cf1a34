package takeover

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/takeover"
)

// What cannot be taken over is refused with exit code 2 and what to do, before anything changes.
func TestRefusals(t *testing.T) {
	t.Parallel()
	plain := newService(t, helmcli.Helm3)
	plain.applyByHand()
	for about, c := range map[string]struct {
		settings []string // of charts/project
		changes  []string // in the manifests
		prepare  func(s service)
		command  []string
		want     string
	}{
		"no helm command":     {command: []string{"kubectl", "apply"}, want: "kubectl is no helm command: write slipway takeover -- helm upgrade --install NAME CHART …"},
		"another command":     {command: []string{"helm", "install", name, "charts/microservice"}, want: "the helm command must be the one that is used from now on"},
		"no chart":            {command: []string{"helm", "upgrade", "--install", name}, want: `helm upgrade takes a release's name and a chart, but has ["example-microservice"]`},
		"a dry run":           {command: deploy("dev-1", "--dry-run"), want: "--dry-run: the takeover shows what it will do"},
		"a chart's mistake":   {command: deploy("dev-1", "--set", "replicas=none"), want: "at '/replicas': got string, want"},
		"no such chart":       {command: []string{"helm", "upgrade", "--install", name, "charts/none"}, want: "Error: repo charts not found"},
		"nothing live":        {command: slices.Replace(deploy("dev-1"), 3, 4, "another"), want: "nothing that the chart renders is live in namespace"},
		"another port inside": {changes: []string{"targetPort: 8080", "targetPort: 9000"}, want: "port 8080 leads to 9000 in the pods that run, and to 8080 in the chart's"},
		"no class": {
			changes: []string{"spec:\n  rules:", "spec:\n  ingressClassName: nginx\n  rules:"}, command: deploy("dev-1", "--set", "ingress.className="),
			want: "Ingress/example-microservice is of class nginx, and the chart names none, so that no controller would serve it: set ingress.className: nginx",
		},
		"a second Deployment behind the Service": {
			prepare: func(s service) { s.deployBeside("v2", "app: example-microservice\n        track: canary") },
			want: "Service/example-microservice leads, or would lead by the chart's selector, to the pods of several Deployments " +
				"(Deployment/example-microservice, Deployment/example-microservice-v2), which cannot come under one release",
		},
		"one that only the chart's selector finds": {
			changes: recommended,
			prepare: func(s service) { s.deployBeside("v2", "app: example-microservice") },
			want:    "to the pods of several Deployments (Deployment/example-microservice, Deployment/example-microservice-v2)",
		},
		"several under other names": {
			changes: renamed,
			prepare: func(s service) { s.deployBeside("v2", "app: example-microservice\n        track: canary") },
			want:    "to the pods of several Deployments (Deployment/example-microservice-v1, Deployment/example-microservice-v2)",
		},
		"pods of another kind": {
			prepare: func(s service) {
				s.Kubeconfig = admin.Kubeconfig
				s.Must("kubectl", "run", "by-hand", "--namespace", s.namespace, "--image", "r:1", "--labels", "app="+name)
				s.Must("kubectl", "wait", "pod/by-hand", "--namespace", s.namespace, "--for", "condition=Ready", "--timeout", "3m")
			},
			want: "to pods of Pod/by-hand, and the chart renders a Deployment",
		},
		"a second Service": {
			changes: twoLabels,
			prepare: func(s service) {
				s.Must("kubectl", "expose", "deployment", name, "--name", "outside", "--port", "80", "--selector", "tier=web")
			},
			want: "Service/outside, which the chart does not render, leads to the pods of Deployment/example-microservice by tier=web, and to none of the chart's: " +
				"render it in the chart with the selector app=example-microservice, such as in extraObjects, or delete it",
		},
		"a load balancer that would go": {
			changes: []string{"type: ClusterIP", "type: LoadBalancer"},
			want:    "Service/example-microservice is of type LoadBalancer, and the chart's is ClusterIP, so that callers outside would lose it: set service.type: LoadBalancer",
		},
		"the feature is off": {
			settings: []string{"deployer.features.takeover=false"},
			want:     "missing: list endpointslices, create endpointslices, delete endpointslices, delete replicasets, patch pods, delete pods; an administrator grants them with deployer.features.takeover=true",
		},
		"another release's": {
			prepare: func(s service) {
				s.Must("kubectl", "annotate", "service/"+name, "meta.helm.sh/release-name=other", "meta.helm.sh/release-namespace=elsewhere")
			},
			want: "Service/example-microservice belongs to the Helm release other in namespace elsewhere",
		},
		"a hook with the name of another's": {
			prepare: func(s service) {
				s.Must("kubectl", "create", "serviceaccount", "other")
				s.Must("kubectl", "label", "serviceaccount", "other", "app=other")
			},
			command: deploy("dev-1", "--set-json", `extraObjects.hook={"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"other","annotations":{"helm.sh/hook":"pre-upgrade"}}}`),
			want:    "belongs to other (label app), and a hook of the chart has its name, for which Helm would delete it: give the hook another name",
		},
		"a release that has nothing": {
			prepare: func(s service) {
				s.Must("helm", "upgrade", "--install", name, "charts/microservice", "--set", "environment=dev,image.repository=r,image.tag=1,service.enabled=false,podDisruptionBudget.enabled=false,fullnameOverride=other", "--wait")
			},
			want: "(revision 1 of chart microservice, deployed) is there, and ConfigMap/example-microservice does not belong to it",
		},
	} {
		t.Run(about, func(t *testing.T) {
			s := plain
			s.T = t
			if c.settings != nil || c.changes != nil || c.prepare != nil {
				t.Parallel()
				s = newService(t, helmcli.Helm4, c.settings...)
				s.applyByHand(c.changes...)
			}
			if c.prepare != nil {
				c.prepare(s)
			}
			if c.command == nil {
				c.command = deploy("dev-1")
			}
			before := s.settled()
			_, err := s.takeover(c.command)
			require.ErrorContains(t, err, "exit status 2")
			require.ErrorContains(t, err, c.want)
			require.Empty(t, cmp.Diff(before.unmoved(), s.everything().unmoved()))
		})
	}
}

// deployBeside applies the Deployment a second time, under a name with a suffix, with other labels.
func (s service) deployBeside(suffix, labels string) {
	s.T.Helper()
	content, err := os.ReadFile("testdata/k8s/40-deployment.yml")
	require.NoError(s.T, err)
	path := filepath.Join(s.T.TempDir(), "deployment.yml")
	text := strings.NewReplacer("namespace: the-project", "namespace: "+s.namespace,
		"kind: Deployment\nmetadata:\n  name: "+name, "kind: Deployment\nmetadata:\n  name: "+name+"-"+suffix,
		"matchLabels:\n      app: "+name, "matchLabels:\n      copy: "+suffix,
		"labels:\n        app: "+name+"\n        client: internal\n        env: dev", "labels:\n        copy: "+suffix+"\n        "+labels).Replace(string(content))
	require.NoError(s.T, os.WriteFile(path, []byte(text), 0o600))
	s.Must("kubectl", "apply", "--filename", path)
	s.Must("kubectl", "rollout", "status", "deployment/"+name+"-"+suffix, "--timeout", "3m")
}

// Without an answer, and with any but yes, the plan is shown and nothing changes.
func TestPlan(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.applyByHand()
		before := s.settled()
		output, err := s.slipway(append([]string{"takeover", "--"}, deploy("dev-1")...)...)
		require.ErrorContains(t, err, "exit status 2")
		require.ErrorContains(t, err, "nothing was changed: there is no terminal to ask on, and --yes goes ahead")
		for _, line := range []string{
			"Release example-microservice in namespace " + s.namespace + " takes over:",
			"ConfigMap/example-microservice: changed in place",
			"Deployment/example-microservice: replaced by Deployment/example-microservice, its 2 pods serve until the new ones are ready",
			"      -   encKey: \"(hidden)\"",
			"  ~ spec.ports[8080].targetPort: 8080 -> \"http\"",
			"  - spec.template.spec.imagePullSecrets[example-microservice-regcred]: {\"name\":\"example-microservice-regcred\"}",
			"  ~ spec.progressDeadlineSeconds: 600 -> 240",
			"  PodDisruptionBudget/example-microservice",
			"  1. Helm records the objects as they are (chart hand-made). No pod is replaced.",
			"  3. Service/example-microservice gets ports that fit old and new pods, and old and new Ingresses.",
			"  2. Deployment/example-microservice is deleted without its pods: they have no preStop, and would lose requests in a rollout. They go on serving.",
			"warning: Secret/regcred is not there: images are pulled without it",
		} {
			require.Contains(t, "\n"+output.Stdout+"\n", "\n"+line+"\n")
		}
		require.Regexp(t, `(?m)^  - spec\.template\.spec\.containers\[api5-auth\]: `, output.Stdout)
		require.Regexp(t, `(?m)^  \+ spec\.template\.spec\.containers\[example-microservice\]: `, output.Stdout)

		for _, answer := range []string{"n\n", "", "y\n"} {
			require.Empty(t, cmp.Diff(before.unmoved(), s.everything().unmoved()))
			var out, progress strings.Builder
			command := s.inProcess(deploy("dev-1"))
			err := takeover.Run(t.Context(), takeover.Options{Command: command, Answer: strings.NewReader(answer), Out: &out, Progress: &progress})
			require.Contains(t, out.String(), "Go ahead and take over? [y/N] ")
			if answer == "y\n" {
				require.NoError(t, err, progress.String())
			} else {
				require.EqualError(t, err, "nothing was changed")
			}
		}
	})
}
