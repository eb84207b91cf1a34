package kubeconfig_test

import (
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
)

// secret stands for every token in these tests: no message may repeat it.
const secret = "planted-token"

// What the variables themselves show to be wrong is told before any server is asked: these servers are not there.
func TestVariables(t *testing.T) {
	t.Parallel()
	good, key := newCA(t, time.Now().Add(time.Hour))
	expired, _ := newCA(t, time.Now().Add(-time.Hour))
	complete := map[string]string{
		"K8S_DEV_SERVER": "https://api.invalid:6443", "K8S_DEV_TOKEN": secret, "K8S_DEV_CA": good,
		"CI_COMMIT_REF_NAME": "dev", "CI_COMMIT_REF_PROTECTED": "true",
	}

	for name, c := range map[string]struct {
		options   kubeconfig.Options
		variables map[string]string // over complete; empty takes one away
		says      []string
		saysNot   []string
	}{
		"nothing is set": {
			variables: map[string]string{"K8S_DEV_SERVER": "", "K8S_DEV_TOKEN": "", "K8S_DEV_CA": ""},
			says: []string{"K8S_DEV_SERVER, K8S_DEV_TOKEN, K8S_DEV_CA are not set", "environment dev", "Settings > CI/CD > Variables",
				"Branch dev is protected, so that it gets protected variables too"},
		},
		"the branch is not protected": {
			variables: map[string]string{"K8S_DEV_TOKEN": "", "CI_COMMIT_REF_PROTECTED": "false"},
			says: []string{"K8S_DEV_TOKEN is not set", "Branch dev is not protected here, and protected variables are given to protected branches alone",
				"Settings > Repository > Protected branches"},
		},
		"a branch that must be protected": {
			options:   kubeconfig.Options{Protected: true},
			variables: map[string]string{"CI_COMMIT_REF_PROTECTED": "false"},
			says:      []string{"branch dev is not protected here", "nothing is built or deployed", "In a fork"},
		},
		"of another environment": {
			options: kubeconfig.Options{Environment: "eu-west"},
			says:    []string{"K8S_EU_WEST_SERVER, K8S_EU_WEST_TOKEN, K8S_EU_WEST_CA are not set"},
		},
		"a value of nothing but spaces": {
			variables: map[string]string{"K8S_DEV_TOKEN": " \n"},
			says:      []string{"K8S_DEV_TOKEN is not set"},
		},
		"everything malformed is told at once": {
			variables: map[string]string{"K8S_DEV_SERVER": "api.dev", "K8S_DEV_TOKEN": secret + " " + secret, "K8S_DEV_CA": "nothing"},
			says:      []string{"K8S_DEV_SERVER is \"api.dev\"", "K8S_DEV_TOKEN holds white space", "K8S_DEV_CA must be"},
		},
		"scoped variables are called by their own name": {
			variables: map[string]string{"K8S_DEV_SERVER": "", "K8S_SERVER": "http://api.invalid"},
			says:      []string{"K8S_SERVER is \"http://api.invalid\", and must begin with https://"},
			saysNot:   []string{"K8S_DEV_SERVER"},
		},
		"a login in the address": {
			variables: map[string]string{"K8S_DEV_SERVER": "https://me:" + secret + "@api.invalid"},
			says:      []string{"K8S_DEV_SERVER is", "without a login"},
		},
		"a token as it is in a Secret": {
			variables: map[string]string{"K8S_DEV_TOKEN": base64.StdEncoding.EncodeToString([]byte("eyJhbGciOiJSUzI1NiJ9." + secret + ".x"))},
			says:      []string{"K8S_DEV_TOKEN is encoded in base64", "base64decode"},
		},
		"an authority that has expired": {
			variables: map[string]string{"K8S_DEV_CA": expired},
			says:      []string{"K8S_DEV_CA is a certificate that has expired on 20"},
		},
		"an authority with its private key": {
			variables: map[string]string{"K8S_DEV_CA": write(t, good+key)},
			says:      []string{"K8S_DEV_CA holds a PRIVATE KEY: give the certificate alone"},
		},
		"an authority that was cut off": {
			variables: map[string]string{"K8S_DEV_CA": good[:len(good)/2]},
			says:      []string{"K8S_DEV_CA must be the cluster's certificate authority", "cut off"},
		},
		"an authority that is something else": {
			variables: map[string]string{"K8S_DEV_CA": strings.Replace(good, "MII", "AAA", 1)},
			says:      []string{"K8S_DEV_CA holds no readable certificate"},
		},
		"a file that is not there": {
			variables: map[string]string{"K8S_DEV_CA": "/nowhere/ca.pem"},
			says:      []string{"K8S_DEV_CA must be the cluster's certificate authority: a variable of type File", "/nowhere/ca.pem"},
		},
		"a namespace that none can be": {
			options: kubeconfig.Options{Namespace: "The_Project"},
			says:    []string{`input namespace: "The_Project" is not a namespace's name`},
		},
		"Helm's own variables would go before": {
			variables: map[string]string{"HELM_KUBEINSECURE_SKIP_TLS_VERIFY": "true"},
			says:      []string{"HELM_KUBEINSECURE_SKIP_TLS_VERIFY is set, and goes before"},
		},
		"an agent that does not serve the project": {
			variables: agentOnly("K8S_DEV_CONTEXT", "platform/agents:dev", ""),
			says:      []string{`K8S_DEV_CONTEXT is "platform/agents:dev", but the job has no KUBECONFIG`, "ci_access"},
		},
		"a context that no agent has": {
			variables: agentOnly("K8S_CONTEXT", "platform/agents:dev", write(t, agentKubeconfig("https://kas.invalid"))),
			says:      []string{`K8S_CONTEXT is "platform/agents:dev"`, "they offer: platform/agents:stg"},
		},
		"an agent whose server is not verified": {
			variables: agentOnly("K8S_CONTEXT", "platform/agents:stg", write(t,
				strings.Replace(agentKubeconfig("https://kas.invalid"), "cluster: {", "cluster: {insecure-skip-tls-verify: true, ", 1))),
			says: []string{`K8S_CONTEXT "platform/agents:stg" does not verify the server's certificate`},
		},
		"an agent over plain HTTP": {
			variables: agentOnly("K8S_CONTEXT", "platform/agents:stg", write(t, agentKubeconfig("http://kas.invalid"))),
			says:      []string{`K8S_CONTEXT "platform/agents:stg": its server`, "must begin with https://"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := maps.Clone(complete)
			maps.Copy(variables, c.variables)
			_, err := writeWith(t, c.options, variables)
			require.Error(t, err)
			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}
			for _, text := range append(c.saysNot, secret, "PRIVATE KEY-----") {
				require.NotContains(t, err.Error(), text)
			}
		})
	}
}

// agentOnly are the variables of a job that has a GitLab agent's context and nothing else.
func agentOnly(variable, context, kubeconfig string) map[string]string {
	return map[string]string{"K8S_DEV_SERVER": "", "K8S_DEV_TOKEN": "", "K8S_DEV_CA": "", variable: context, "KUBECONFIG": kubeconfig}
}

func with(variables map[string]string, name, value string) map[string]string {
	variables[name] = value
	return variables
}

func agentKubeconfig(server string) string {
	return `{apiVersion: v1, kind: Config, current-context: "",
  clusters: [{name: gitlab, cluster: {server: "` + server + `"}}],
  users: [{name: agent:1, user: {token: "` + secret + `"}}],
  contexts: [{name: "platform/agents:stg", context: {cluster: gitlab, user: "agent:1"}}]}`
}

// writeWith calls Write as the job of a project would, in dev and the-project unless the options say otherwise.
func writeWith(t *testing.T, o kubeconfig.Options, variables map[string]string) (string, error) {
	t.Helper()
	if o.Environment == "" {
		o.Environment = "dev"
	}
	if o.Namespace == "" {
		o.Namespace = "the-project"
	}
	o.Variable = func(name string) string { return variables[name] }
	path, err := kubeconfig.Write(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(path)) })
	}
	return path, err
}
