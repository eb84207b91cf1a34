package tokens

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
	"gitlab.example.com/platform/slipway/test/suite/gitlab"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// A job of dev that tries all that it has, variables and files, as a credential finds nothing of prod, and one of prod nothing of
// dev. In the old way, a group's protected variables, each finds both: every protected branch's jobs have all of them.
func TestReach(t *testing.T) {
	t.Parallel()
	newProject(t, "reach-dev", "dev", "deployer.gitlab.groups.the-project=true")
	newProject(t, "reach-prod", "prod", "deployer.gitlab.groups.the-project=true")
	tokens := map[string]string{"dev": deployerToken(t, "reach-dev"), "prod": deployerToken(t, "reach-prod")}
	for environment, token := range tokens {
		requireRights(t, "reach-"+environment, token)
		requireRights(t, "reach-"+environment, issuer.Token(t, gitlab.Push(service, environment)))
	}

	var old []gitlab.Variable
	for environment, token := range tokens {
		old = append(old, gitlab.Variable{Key: "K8S_" + strings.ToUpper(environment) + "_TOKEN", Value: token, Group: true, Protected: true})
	}
	scoped := scopedVariables(t, tokens)
	for _, environment := range []string{"dev", "prod"} {
		other := map[string]string{"dev": "prod", "prod": "dev"}[environment]
		job := gitlab.Job{Protected: true, Environment: environment}
		id := map[string]string{kubeconfig.IDToken: issuer.Token(t, gitlab.Push(service, environment))}

		require.Equal(t, []string{"reach-dev", "reach-prod"}, reach(t, gitlab.Given(old, job)), "the old way, a job of %s", environment)
		require.Equal(t, []string{"reach-" + environment}, reach(t, id), "ID tokens, a job of %s", environment)
		given := gitlab.Given(scoped, job)
		require.Equal(t, []string{"reach-" + environment}, reach(t, given), "scoped variables, a job of %s", environment)
		deploys(t, environment, merged(given, id))
		deploys(t, environment, merged(gitlab.Given(withoutTokens(scoped), job), id))

		// A job that somebody adds on this branch, and that says it is of the other environment: GitLab gives it that one's variables,
		// unless the environment is protected (Premium). Its ID token says of which branch it is.
		foreign := gitlab.Job{Protected: true, Environment: other}
		claims := gitlab.Push(service, environment).With(gitlab.Claims{"environment": other})
		require.Empty(t, reach(t, map[string]string{kubeconfig.IDToken: issuer.Token(t, claims)}))
		require.Equal(t, []string{"reach-" + other}, reach(t, gitlab.Given(scoped, foreign)), "what docs/access.md says of scoped variables")
	}
	// Tests, which run what anybody has written, have no environment; a feature branch is not protected.
	for _, job := range []gitlab.Job{{Protected: true}, {}, {Environment: "dev"}, {Environment: "prod"}} {
		require.Empty(t, reach(t, gitlab.Given(scoped, job)))
	}
}

// reach returns the namespaces whose Secrets are read with anything of what a job has: values, and the files that they name.
func reach(t *testing.T, has map[string]string) (namespaces []string) {
	t.Helper()
	for _, value := range has {
		if content, err := os.ReadFile(value); err == nil {
			value = string(content)
		}
		if strings.ContainsAny(value, "\n ") {
			continue // is no header of a request
		}
		for _, namespace := range []string{"reach-dev", "reach-prod"} {
			if _, err := bearer(t, value).CoreV1().Secrets(namespace).List(t.Context(), metav1.ListOptions{}); err == nil {
				namespaces = append(namespaces, namespace)
			}
		}
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}

// deploys says that `slipway kubeconfig` makes the deployer of the environment of what a job has.
func deploys(t *testing.T, environment string, has map[string]string) {
	t.Helper()
	job := merged(has, map[string]string{"CI_COMMIT_BRANCH": environment, "CI_COMMIT_REF_PROTECTED": "true"})
	path, err := kubeconfig.Write(t.Context(), kubeconfig.Options{Environment: environment, Namespace: "reach-" + environment, Protected: true,
		Variable: func(name string) string { return job[name] }})
	require.NoError(t, err)
	defer os.RemoveAll(filepath.Dir(path))
	client, err := cluster.Client(path)
	require.NoError(t, err)
	_, err = client.CoreV1().Secrets("reach-"+environment).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
}

// scopedVariables are what the lines set that `slipway variables` prints, with something that writes down what glab would do.
func scopedVariables(t *testing.T, tokens map[string]string) (all []gitlab.Variable) {
	t.Helper()
	folder := t.TempDir()
	const glab = `#!/bin/sh
# variable set KEY --repo PROJECT --scope ENVIRONMENT --raw --protected [--type file] [--masked --hidden] [--value VALUE]
key=$3 scope=$7 value=
shift 9
while [ $# -gt 0 ]; do [ "$1" = --value ] && value=$2; shift; done
[ -n "$value" ] || value=$(cat)
printf '%s' "$value" > "$RECORD/$key.$scope"
`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "glab"), []byte(glab), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ca.crt"), admin.Config.CAData, 0o600))
	for environment, token := range tokens {
		require.NoError(t, os.WriteFile(filepath.Join(folder, environment+".token"), []byte(token), 0o600))
		terminal := helmcli.Terminal{T: t, Program: helmcli.Helm4, Folder: folder, Env: map[string]string{
			"RECORD": folder, "PATH": folder + ":" + filepath.Dir(slipway) + ":" + os.Getenv("PATH")}}
		output, err := terminal.Script("lines=$(slipway variables --environment " + environment + " --server " + admin.Config.Host +
			" --ca ca.crt --token " + environment + ".token " + service + ")\necho \"$lines\"\necho \"$lines\" | sh\n")
		require.NoError(t, err, output.String())
		require.NotContains(t, output.String(), token)
		require.Equal(t, 3, strings.Count(output.Stdout, "--scope "+environment+" --raw --protected"), output.Stdout)
		for _, key := range []string{"K8S_SERVER", "K8S_CA", "K8S_TOKEN"} {
			value, err := os.ReadFile(filepath.Join(folder, key+"."+environment))
			require.NoError(t, err)
			all = append(all, gitlab.Variable{Key: key, Value: string(value), Protected: true, Scope: environment})
		}
	}
	return all
}

func withoutTokens(all []gitlab.Variable) []gitlab.Variable {
	return slices.DeleteFunc(slices.Clone(all), func(v gitlab.Variable) bool { return v.Key == "K8S_TOKEN" })
}

func merged(a, b map[string]string) map[string]string {
	a = maps.Clone(a)
	maps.Copy(a, b)
	return a
}

// deployerToken is what an administrator would store: a token of the project's deployer.
func deployerToken(t *testing.T, namespace string) string {
	t.Helper()
	path, err := cluster.DeployerKubeconfig(t.Context(), admin.Kubeconfig, cluster.DeployerOptions{Namespace: namespace})
	require.NoError(t, err)
	config, err := clientcmd.LoadFromFile(path)
	require.NoError(t, err)
	return config.AuthInfos[config.Contexts[config.CurrentContext].AuthInfo].Token
}
