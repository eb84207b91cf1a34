//go:build e2e

package jobs

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// every is a service that has every job.
var every = map[string]any{"promote": true, "review": true, "namespace": "the-project-$SLIPWAY_ENVIRONMENT"}

// What a local executor does not enforce holds, with each builder, each Helm and the longest wait.
func TestStatic(t *testing.T) {
	t.Parallel()
	service := readTemplate(t, "ci/service.yml")
	for _, builder := range service.inputs["builder"].Options {
		for _, helm := range service.inputs["helm"].Options {
			t.Run(builder+" helm "+helm, func(t *testing.T) {
				t.Parallel()
				inputs := map[string]any{"builder": builder, "helm": helm, "timeout": "25m"}
				for name, value := range every {
					inputs[name] = value
				}
				c := newService(t, inputs).expand(t)
				require.ElementsMatch(t, []string{"test", "check", "access", "build", "promote", "deploy", "verify", "rollback", "review", "stop-review"}, c.names())
				require.Empty(t, c.problems())
				require.Contains(t, c["deploy"].text(), "/slipway/helm"+helm+":")
			})
		}
	}
}

// Each check finds the mistake that it is for.
func TestPlantedMistakes(t *testing.T) {
	t.Parallel()
	s := newService(t, map[string]any{"builder": "docker", "promote": true, "review": true})
	output, err := s.read(t, nil, "--preview")
	require.NoError(t, err, "%s", output)
	require.Empty(t, parse(t, output).problems())

	yes, no := true, false
	for name, c := range map[string]struct {
		plant func(c configuration)
		says  string
	}{
		"no resource group":                   {func(c configuration) { c["deploy"].ResourceGroup = "" }, "deploy: has no resource group"},
		"a resource group of its own":         {func(c configuration) { c["rollback"].ResourceGroup += "/rollback" }, "deploy: may run while rollback does"},
		"one resource group for all":          {func(c configuration) { c["deploy"].ResourceGroup = "deploy" }, "deploy: waits for other environments"},
		"an interruptible deploy":             {func(c configuration) { c["deploy"].Interruptible = &yes }, "deploy: may be interrupted"},
		"nothing about interruptions":         {func(c configuration) { c["test"].Interruptible = nil }, "test: does not say whether it is interruptible"},
		"no time limit":                       {func(c configuration) { c["test"].Timeout = "" }, "test: has no time limit"},
		"a time limit that is too short":      {func(c configuration) { c["deploy"].Timeout = "10m" }, "deploy: its limit of 10m is not above three times what helm waits"},
		"no rules":                            {func(c configuration) { c["test"].Rules = nil }, "test: has no rules"},
		"a test that may fail":                {func(c configuration) { c["test"].Rules[2].AllowFailure = true }, "test: may fail unnoticed"},
		"an image that moves":                 {func(c configuration) { c["deploy"].Image.Name = "alpine/helm:latest" }, "deploy: its image alpine/helm:latest"},
		"an image without a tag":              {func(c configuration) { c["deploy"].Image.Name = "registry:5000/helm" }, "deploy: its image registry:5000/helm"},
		"an artifact":                         {func(c configuration) { c["deploy"].Artifacts.Paths = []string{"config"} }, "deploy: keeps config as an artifact"},
		"a secret variable":                   {func(c configuration) { c["deploy"].Variables = map[string]any{"K8S_DEV_TOKEN": "x"} }, "deploy: has a secret among its variables: K8S_DEV_TOKEN"},
		"a branch that is not protected":      {func(c configuration) { c["deploy"].Rules[2].If = `$CI_COMMIT_BRANCH == "dev" && ` + notSchedule }, "deploy: is there on a branch that is not protected"},
		"a build that anybody can start":      {func(c configuration) { c["build"].Rules[1].If = `$CI_COMMIT_BRANCH == "dev"` }, "build: is there on a branch that is not protected"},
		"a schedule":                          {func(c configuration) { c["deploy"].Rules[2].If = protected }, "deploy: is there for a schedule"},
		"a fork":                              {func(c configuration) { c["review"].Rules[0].If = `$CI_PIPELINE_SOURCE == "merge_request_event"` }, "review: is there for a fork's merge request"},
		"credentials without protection":      {func(c configuration) { c["deploy"].replace(" --protected", "") }, "deploy: takes credentials on a branch that is not protected"},
		"a variable of its own":               {func(c configuration) { c["deploy"].Variables = map[string]any{"ENVIRONMENT": "dev"} }, "deploy: sets ENVIRONMENT as a variable, which a project's or a group's outranks"},
		"no ID token":                         {func(c configuration) { c["deploy"].IDTokens = nil }, "deploy: has no ID token, and so does not know its branch"},
		"an ID token for a test":              {func(c configuration) { c["test"].IDTokens = c["deploy"].IDTokens }, "test: has an ID token, and no use for it"},
		"no environment":                      {func(c configuration) { c["access"].Environment = nil }, "access: has no environment"},
		"another environment's":               {func(c configuration) { c["review"].replace("--environment review", "--environment dev --protected") }, "review: takes the credentials of another environment than review/"},
		"no credentials":                      {func(c configuration) { c["deploy"].replace("slipway kubeconfig", "echo") }, "deploy: calls helm before it has asked for credentials"},
		"a failure that export hides":         {func(c configuration) { c["deploy"].replace("KUBECONFIG=$(", "export KUBECONFIG=$(") }, "deploy: export KUBECONFIG="},
		"a kubeconfig that helm does not see": {func(c configuration) { c["deploy"].replace("export KUBECONFIG", "true") }, "deploy: does not export KUBECONFIG"},
		"a deploy in a freeze":                {func(c configuration) { c["deploy"].replace(`test -z "$CI_DEPLOY_FREEZE"`, "true") }, "deploy: deploys in a freeze"},
		"a deploy in a freeze, by a rule":     {func(c configuration) { c["deploy"].Rules = c["deploy"].Rules[1:] }, "deploy: deploys in a freeze"},
		"no way back":                         {func(c configuration) { c["deploy"].replace("--atomic", "") }, "deploy: helm upgrade without --atomic"},
		"no wait":                             {func(c configuration) { c["deploy"].replace("--wait", "") }, "deploy: helm upgrade without --wait"},
		"old values":                          {func(c configuration) { c["deploy"].replace("--atomic", "--atomic --reuse-values") }, "deploy: helm upgrade with --reuse-values"},
		"a namespace by the way":              {func(c configuration) { c["deploy"].replace("--atomic", "--atomic --create-namespace") }, "deploy: helm upgrade with --create-namespace"},
		"the latest image": {func(c configuration) {
			c["deploy"].replace("image.tag=$SLIPWAY_ENVIRONMENT-$CI_PIPELINE_ID", "image.tag=$SLIPWAY_ENVIRONMENT-latest")
		}, `deploy: deploys the tag "$SLIPWAY_ENVIRONMENT-latest", which moves`},
		"no tag": {func(c configuration) { c["deploy"].replace("image.tag=", "image.tga=") }, `deploy: deploys the tag "", which moves`},
		"a digest that a variable says": {func(c configuration) {
			c["deploy"].replace("image.digest=$SLIPWAY_DIGEST", "image.digest=$IMAGE_DIGEST")
		}, "deploy: deploys what its tag means by then"},
		"a review by its tag alone":     {func(c configuration) { c["review"].replace(" --set image.digest=$SLIPWAY_DIGEST", "") }, "review: deploys what its tag means by then"},
		"variables of a test":           {func(c configuration) { c["deploy"].Needs[0].Artifacts = &yes }, "deploy: takes what test leaves"},
		"no recovery":                   {func(c configuration) { c["deploy"].AfterScript = nil }, "deploy: leaves what it has left half done"},
		"a recovery of another release": {func(c configuration) { c["review"].AfterScript = c["deploy"].AfterScript }, "review: leaves what it has left half done"},
		"a layer that is missing": {func(c configuration) {
			c["deploy"].replace("--values /slipway/platform/values-$SLIPWAY_ENVIRONMENT.yaml", "")
		}, "deploy: has the layers of values [platform deploy deploy]"},
		"a layer that is not checked":     {func(c configuration) { c["check"].replace("--platform /slipway/platform/values.yaml", "") }, "check: does not check what deploy deploys: example-microservice"},
		"a value that is not checked":     {func(c configuration) { c["deploy"].replace("--atomic", "--set replicas=3 --atomic") }, "check: does not check what deploy deploys: example-microservice"},
		"another chart than is checked":   {func(c configuration) { c["check"].replace("--chart /slipway", "--chart /somewhere") }, "check: does not check what deploy deploys: example-microservice"},
		"a review that is not checked":    {func(c configuration) { c["check"].Script = c["check"].Script[:1] }, "check: does not check what review deploys: example-microservice-mr-"},
		"nothing that checks":             {func(c configuration) { delete(c, "check") }, "check: is not there"},
		"two files of code quality":       {func(c configuration) { c["check"].Artifacts.Reports["codequality"] = "check*.json" }, "check: has no file for GitLab's Code Quality, which takes one"},
		"no test report":                  {func(c configuration) { delete(c["check"].Artifacts.Reports, "junit") }, "check: has no file for GitLab's test report"},
		"TLS that is not verified":        {func(c configuration) { c["deploy"].replace("--atomic", "--atomic --kube-insecure-skip-tls-verify") }, "deploy: does not verify who answers: --kube-insecure-skip-tls-verify"},
		"a registry that is not verified": {func(c configuration) { c["build"].replace("docker push", "docker push --tls-verify=false") }, "build: does not verify who answers: --tls-verify=false"},
		"a token on a command line":       {func(c configuration) { c["deploy"].replace("--atomic", `--atomic --kube-token "$K8S_DEV_TOKEN"`) }, "deploy: a secret is on a command line: helm"},
		"a token as a build argument": {func(c configuration) {
			c["build"].replace("--build-arg GOPROXY", "--build-arg GITLAB_TOKEN=$CI_JOB_TOKEN")
		}, "build: a secret is on a command line: docker"},
		"a password on a command line":   {func(c configuration) { c["build"].replace("--password-stdin", `--password "$CI_REGISTRY_PASSWORD"`) }, "build: logs in without --password-stdin"},
		"a token in the log":             {func(c configuration) { c["test"].Script = append(c["test"].Script, `echo "with $CI_JOB_TOKEN"`) }, "test: prints a secret"},
		"commands in the log":            {func(c configuration) { c["deploy"].Script = append([]string{"set -eux"}, c["deploy"].Script...) }, "deploy: prints each command"},
		"helm in a pipe":                 {func(c configuration) { c["deploy"].replace("--atomic", "--atomic | head -3;") }, "deploy: pipes what helm prints"},
		"a failure that nobody sees":     {func(c configuration) { c["test"].Script = append(c["test"].Script, "go vet ./... && go test ./...") }, "test: goes on where the first command fails"},
		"a shell's mistake":              {func(c configuration) { c["test"].Script = append(c["test"].Script, "if true; then") }, "test: the shell refuses it"},
		"nothing that stops":             {func(c configuration) { delete(c, "stop-review") }, "review: is stopped by stop-review, which is not there"},
		"the wrong one stops":            {func(c configuration) { c["stop-review"].Environment.Name = "review" }, "review: is stopped by a job that does not stop review/"},
		"one that starts stops":          {func(c configuration) { c["stop-review"].Environment.Action = "start" }, "review: is stopped by a job that does not stop review/"},
		"it stops at once":               {func(c configuration) { c["stop-review"].Rules[0].When = "" }, "review: is stopped at once"},
		"it stops for others":            {func(c configuration) { c["stop-review"].Rules[0].If = protected }, "review: is stopped by a job that is not there when it is"},
		"it needs the branch to stop":    {func(c configuration) { delete(c["stop-review"].Variables, "GIT_STRATEGY") }, "review: is stopped by a job that needs the branch"},
		"a rollback that is interrupted": {func(c configuration) { c["rollback"].Interruptible = &yes }, "rollback: may be interrupted"},
		"a rollback without slipway":     {func(c configuration) { c["rollback"].replace("slipway rollback", "helm rollback") }, "rollback: goes back without slipway"},
		"a build that cannot be":         {func(c configuration) { c["build"].Interruptible = &no; c["build"].Timeout = "soon" }, "build: has no time limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			planted := parse(t, output)
			c.plant(planted)
			require.Contains(t, strings.Join(planted.problems(), "\n"), c.says)
		})
	}
}

// Interruptions: what only looks or can be made again may be ended by a newer pipeline, what changes an environment not.
func TestInterruptible(t *testing.T) {
	t.Parallel()
	c := newService(t, every).expand(t)
	for name, want := range map[string]bool{"test": true, "check": true, "access": true, "build": true,
		"promote": false, "deploy": false, "verify": false, "rollback": false, "review": false, "stop-review": false} {
		require.NotNil(t, c[name].Interruptible, name)
		require.Equal(t, want, *c[name].Interruptible, name)
	}
}

// The deploy is one command in plain sight, and the same layers of values are checked before anything is built.
func TestDeployInPlainSight(t *testing.T) {
	t.Parallel()
	c := newService(t, nil).expand(t)
	deploy, err := parseScript(c["deploy"].text())
	require.NoError(t, err)
	last := deploy.calls[slices.IndexFunc(deploy.calls, func(c call) bool { return c.is("helm", "upgrade") })]
	require.Equal(t, "helm upgrade --install example-microservice /slipway/charts/microservice --namespace the-project "+
		"--values /slipway/platform/values.yaml --values /slipway/platform/values-$SLIPWAY_ENVIRONMENT.yaml "+
		"--values deploy/values.yaml --values deploy/values-$SLIPWAY_ENVIRONMENT.yaml "+
		"--set image.repository=$CI_REGISTRY_IMAGE --set image.tag=$SLIPWAY_ENVIRONMENT-$CI_PIPELINE_ID --set image.digest=$SLIPWAY_DIGEST "+
		"--set provenance.pipeline=$CI_PIPELINE_URL --set provenance.job=$CI_JOB_URL --set provenance.commit=$CI_COMMIT_SHA "+
		"--atomic --wait --timeout 5m", strings.Join(last.words, " "))
	for _, name := range []string{"deploy", "review"} {
		require.Contains(t, newService(t, map[string]any{"review": true}).expand(t)[name].text(), "slipway rollout -- helm upgrade --install", name)
	}
}

// The check is of all environments, or on a branch that is deployed of its own, and knows which one is production. Nothing
// that it writes gets into the folder that an image is built from.
func TestWhatIsChecked(t *testing.T) {
	t.Parallel()
	c := newService(t, map[string]any{"branches": "qa|live", "production": "live", "kubernetes": "1.34,1.35"}).expand(t)
	check := c["check"]
	require.Contains(t, check.text(), `case "$CI_COMMIT_BRANCH" in (qa|live) only=$CI_COMMIT_BRANCH;; (*) only=;; esac`)
	script, err := parseScript(check.text())
	require.NoError(t, err)
	i := slices.IndexFunc(script.calls, func(c call) bool { return c.is("slipway", "check") })
	require.Equal(t, "live", script.calls[i].value("--production"))
	require.Equal(t, "$only", script.calls[i].value("--environment"))
	require.Equal(t, "1.34,1.35", script.calls[i].value("--kubernetes"))
	require.Empty(t, check.Artifacts.Paths)
}
