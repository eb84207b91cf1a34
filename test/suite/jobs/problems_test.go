//go:build e2e

package jobs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
)

// problems says what is wrong with a configuration that neither the schema nor a local executor would refuse.
func (c configuration) problems() []string {
	var problems []string
	for _, name := range c.names() {
		for _, problem := range slices.Concat(c[name].problems(), c.stopProblems(c[name]), c.groupProblems(name)) {
			problems = append(problems, name+": "+problem)
		}
	}
	return append(problems, c.checkProblems()...)
}

// protected is in the rules of whatever has a use for protected credentials.
const (
	protected   = `$CI_COMMIT_REF_PROTECTED == "true"`
	ownProject  = `$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID`
	notSchedule = `$CI_PIPELINE_SOURCE != "schedule"`
)

func (j *job) problems() []string {
	s, err := parseScript(j.text())
	if err != nil {
		return []string{"the shell refuses it: " + err.Error()}
	}
	problems := slices.Concat(j.formProblems(), j.ruleProblems(s), s.problems())
	if s.changesCluster() {
		problems = append(problems, j.clusterProblems(s)...)
	}
	return problems
}

func (j *job) formProblems() []string {
	var problems []string
	if j.Interruptible == nil {
		problems = append(problems, "does not say whether it is interruptible")
	}
	if j.limit() == 0 {
		problems = append(problems, "has no time limit")
	}
	if len(j.Rules) == 0 || j.Only != nil || j.Except != nil {
		problems = append(problems, "has no rules")
	}
	for _, r := range j.Rules {
		if r.AllowFailure && r.When != "manual" {
			problems = append(problems, "may fail unnoticed")
		}
	}
	name := j.Image.Name[strings.LastIndex(j.Image.Name, "/")+1:]
	if _, tag, found := strings.Cut(name, ":"); !found || tag == "latest" {
		problems = append(problems, "its image "+j.Image.Name+" is another one tomorrow")
	}
	for _, path := range j.Artifacts.Paths {
		if path != digestFile {
			problems = append(problems, "keeps "+path+" as an artifact, which anybody can read who sees the project")
		}
	}
	for name := range j.Variables {
		if !runners[name] {
			problems = append(problems, "sets "+name+" as a variable, which a project's or a group's outranks: the script sets it")
		}
		if secret.MatchString(name) {
			problems = append(problems, "has a secret among its variables: "+name)
		}
	}
	return problems
}

// runners are the variables of a job that its runner reads, and its script does not.
var runners = map[string]bool{"GIT_DEPTH": true, "GIT_STRATEGY": true, "RUNNER_AFTER_SCRIPT_TIMEOUT": true}

// digestFile is what hands the digest that was pushed from one job to another.
const digestFile = "slipway-digest"

// ruleProblems are about who gets credentials.
func (j *job) ruleProblems(s script) []string {
	var problems []string
	asks := slices.ContainsFunc(s.calls, func(c call) bool { return c.is("slipway", "kubeconfig") })
	switch _, has := j.IDTokens[kubeconfig.IDToken]; {
	case asks && !has:
		problems = append(problems, "has no ID token, and so does not know its branch")
	case !asks && len(j.IDTokens) > 0:
		problems = append(problems, "has an ID token, and no use for it: what runs in the job could take it")
	}
	uses := strings.Contains(j.text(), "CI_REGISTRY_PASSWORD")
	for _, c := range s.calls {
		if !c.is("slipway", "kubeconfig") {
			continue
		}
		uses = uses || s.changesCluster()
		review := c.value("--environment") == "review"
		if !review && !c.has("--protected") {
			problems = append(problems, "takes credentials on a branch that is not protected")
		}
		if j.Environment == nil {
			problems = append(problems, "has no environment, and so gets no variables that are scoped to one")
		} else if review != strings.HasPrefix(j.Environment.Name, "review/") {
			problems = append(problems, "takes the credentials of another environment than "+j.Environment.Name)
		}
	}
	if !uses {
		return problems
	}
	for _, condition := range j.ifs() {
		switch {
		case strings.Contains(condition, "merge_request_event"):
			if !strings.Contains(condition, ownProject) {
				problems = append(problems, "is there for a fork's merge request: "+condition)
			}
		case !strings.Contains(condition, protected):
			problems = append(problems, "is there on a branch that is not protected: "+condition)
		case !strings.Contains(condition, notSchedule):
			problems = append(problems, "is there for a schedule: "+condition)
		}
	}
	return problems
}

// changesCluster says whether it does more in a cluster than look.
func (s script) changesCluster() bool {
	return slices.ContainsFunc(s.calls, func(c call) bool {
		return c.is("helm", "upgrade") || c.is("helm", "uninstall") || c.is("helm", "test") || c.rollsBack()
	})
}

// rollsBack says whether it is helm rollback, or slipway's, which calls that.
func (c call) rollsBack() bool { return c.is("helm", "rollback") || c.is("slipway", "rollback") }

func (j *job) clusterProblems(s script) []string {
	var problems []string
	if j.Interruptible == nil || *j.Interruptible {
		problems = append(problems, "may be interrupted while it changes the cluster")
	}
	if j.ResourceGroup == "" {
		problems = append(problems, "has no resource group: two may change one release at a time")
	}
	ready := false
	for _, c := range s.calls {
		ready = ready || c.is("slipway", "kubeconfig")
		if !c.is("helm") && !c.rollsBack() {
			continue
		}
		if c.is("helm", "rollback") {
			problems = append(problems, "goes back without slipway: no Lease, no reason")
		}
		if !ready {
			problems = append(problems, "calls helm before it has asked for credentials")
		}
		waits, err := time.ParseDuration(c.value("--timeout"))
		if err != nil || j.limit() <= 3*waits { // a recovery, the deploy, and the way back
			problems = append(problems, fmt.Sprintf("its limit of %s is not above three times what helm waits (%q)", j.Timeout, c.value("--timeout")))
		}
		if c.is("helm", "upgrade") {
			problems = append(problems, upgradeProblems(c)...)
			problems = append(problems, j.recoveryProblems(c)...)
			if j.Environment != nil && !strings.HasPrefix(j.Environment.Name, "review/") {
				problems = append(problems, j.freezeProblems()...)
			}
		}
	}
	for _, n := range j.Needs {
		if (n.Artifacts == nil || *n.Artifacts) && n.Job != "build" && n.Job != "promote" {
			problems = append(problems, "takes what "+n.Job+" leaves, variables of a dotenv report too")
		}
	}
	if !strings.Contains(j.text(), "export KUBECONFIG\n") {
		problems = append(problems, "does not export KUBECONFIG in a line of its own")
	}
	return problems
}

// recoveryProblems are about a deploy that is cancelled, or runs into its limit.
func (j *job) recoveryProblems(upgrade call) []string {
	s, err := parseScript(strings.Join(j.AfterScript, "\n"))
	if err != nil {
		return []string{"the shell refuses its after_script: " + err.Error()}
	}
	ready := false
	for _, c := range s.calls {
		ready = ready || c.is("slipway", "kubeconfig")
		if c.is("slipway", "recover", upgrade.words[3]) && c.value("--namespace") == upgrade.value("--namespace") && ready {
			return s.problems()
		}
	}
	return []string{"leaves what it has left half done when it is cancelled: its after_script does not recover " + upgrade.words[3]}
}

// checkProblems say what of a deploy the job check does not look at: release, chart, namespace and layers of values.
func (c configuration) checkProblems() []string {
	if c["check"] == nil {
		return []string{"check: is not there"}
	}
	checks, err := parseScript(c["check"].text())
	if err != nil {
		return nil // which is a problem of its own
	}
	var problems []string
	for _, name := range c.names() {
		deploys, err := parseScript(c[name].text())
		if err != nil {
			continue
		}
		for _, upgrade := range deploys.calls {
			if !upgrade.is("helm", "upgrade") || len(upgrade.words) < 5 {
				continue
			}
			want := seen(upgrade, upgrade.words[3], upgrade.words[4])
			if !slices.ContainsFunc(checks.calls, func(check call) bool {
				return check.is("slipway", "check") && seen(check, check.value("--name"), check.value("--chart")) == want
			}) {
				problems = append(problems, "check: does not check what "+name+" deploys: "+want)
			}
		}
	}
	if report := c["check"].Artifacts.Reports["codequality"]; report == "" || strings.ContainsAny(report, "*?[") {
		problems = append(problems, "check: has no file for GitLab's Code Quality, which takes one")
	}
	if report := c["check"].Artifacts.Reports["junit"]; report == "" {
		problems = append(problems, "check: has no file for GitLab's test report")
	}
	return problems
}

// seen is what a command takes the release from. The digest is known once the image is built.
func seen(c call, name, chart string) string {
	sets := slices.DeleteFunc(c.values("--set"), func(set string) bool { return strings.HasPrefix(set, "image.digest=") })
	return fmt.Sprint(name, chart, c.values("--namespace"), slices.Concat(c.values("--platform"), c.values("--values")), sets)
}

// freezeProblems are about the time in which the project deploys nothing to production.
func (j *job) freezeProblems() []string {
	if len(j.Rules) > 0 && strings.Contains(j.Rules[0].If, "$CI_DEPLOY_FREEZE") && j.Rules[0].When == "manual" &&
		strings.Contains(j.text(), `test -z "$CI_DEPLOY_FREEZE"`) {
		return nil
	}
	return []string{"deploys in a freeze"}
}

func upgradeProblems(c call) []string {
	var problems []string
	for _, flag := range []string{"--install", "--atomic", "--wait", "--namespace"} {
		if !c.has(flag) {
			problems = append(problems, "helm upgrade without "+flag)
		}
	}
	for _, flag := range []string{"--reuse-values", "--reset-then-reuse-values", "--create-namespace", "--force", "--force-replace", "--take-ownership", "--skip-schema-validation"} {
		if c.has(flag) {
			problems = append(problems, "helm upgrade with "+flag)
		}
	}
	if tag, _ := c.set("image.tag"); !strings.HasSuffix(tag, "-$CI_PIPELINE_ID") {
		problems = append(problems, fmt.Sprintf("deploys the tag %q, which moves", tag))
	}
	if digest, _ := c.set("image.digest"); digest != "$SLIPWAY_DIGEST" {
		problems = append(problems, "deploys what its tag means by then, and not what was built")
	}
	if repository, _ := c.set("image.repository"); repository != "$CI_REGISTRY_IMAGE" {
		problems = append(problems, fmt.Sprintf("deploys the image %q", repository))
	}
	var layers []string
	for i, word := range c.words {
		if word == "--values" {
			folder, _, _ := strings.Cut(strings.TrimPrefix(c.words[i+1], "/slipway/"), "/")
			layers = append(layers, folder)
		}
	}
	if !slices.Equal(layers, []string{"platform", "platform", "deploy", "deploy"}) {
		problems = append(problems, fmt.Sprintf("has the layers of values %v", layers))
	}
	return problems
}

var (
	// secret matches the names of variables that nobody else may see.
	secret = regexp.MustCompile(`(TOKEN|PASSWORD|SECRET|PRIVATE_KEY)$`)
	// secretUsed matches their use.
	secretUsed = regexp.MustCompile(`\$\{?[A-Z0-9_]*(TOKEN|PASSWORD|SECRET|PRIVATE_KEY)\b`)
	unverified = regexp.MustCompile(`^--?(insecure.*|.*skip-tls.*|plain-http|tls-verify=false|no-check-certificate|k)$|http\.sslVerify=false|GIT_SSL_NO_VERIFY`)
)

// problems are those that a script has in any job.
func (s script) problems() []string {
	var problems []string
	for _, variable := range s.hidden {
		problems = append(problems, "export "+variable+" hides that the command in it failed")
	}
	for _, statement := range s.unseen {
		problems = append(problems, "goes on where the first command fails: "+statement)
	}
	for _, c := range s.calls {
		// printf and test are part of the shell: what they are given is in no process list.
		builtin := c.is("printf") || c.is("test") || c.is("echo")
		for _, word := range c.words {
			switch {
			case !builtin && secretUsed.MatchString(outerWord(word)):
				problems = append(problems, "a secret is on a command line: "+c.words[0]+" … "+word)
			case unverified.MatchString(word):
				problems = append(problems, "does not verify who answers: "+word)
			case c.is("set") && strings.HasPrefix(word, "-") && strings.Contains(word, "x"):
				problems = append(problems, "prints each command as the shell runs it, secrets included")
			}
		}
		// What echo is given, the log has.
		if c.is("echo") && secretUsed.MatchString(strings.Join(c.words, " ")) {
			problems = append(problems, "prints a secret")
		}
		if slices.Contains(c.words, "login") && !c.has("--password-stdin") {
			problems = append(problems, "logs in without --password-stdin")
		}
		if c.is("helm") && c.piped {
			problems = append(problems, "pipes what helm prints: a reader that ends early ends helm too")
		}
	}
	return problems
}

// outerWord is a word without the commands in it, which are looked at by themselves.
func outerWord(word string) string {
	before, _, _ := strings.Cut(word, "$(")
	return before
}

// stopProblems are about the job that ends an environment.
func (c configuration) stopProblems(j *job) []string {
	if j.Environment == nil || j.Environment.OnStop == "" {
		return nil
	}
	stop := c[j.Environment.OnStop]
	if stop == nil {
		return []string{"is stopped by " + j.Environment.OnStop + ", which is not there"}
	}
	var problems []string
	if stop.Environment == nil || stop.Environment.Action != "stop" || stop.Environment.Name != j.Environment.Name {
		problems = append(problems, "is stopped by a job that does not stop "+j.Environment.Name)
	}
	if !slices.Equal(stop.ifs(), j.ifs()) {
		problems = append(problems, "is stopped by a job that is not there when it is")
	}
	for _, r := range stop.Rules {
		if r.When != "manual" || !r.AllowFailure {
			problems = append(problems, "is stopped at once, or blocks the pipeline until it is")
		}
	}
	if stop.Variables["GIT_STRATEGY"] != "none" {
		problems = append(problems, "is stopped by a job that needs the branch, which is gone then")
	}
	return problems
}

// groupProblems say which other jobs of the environment may run at the same time.
func (c configuration) groupProblems(name string) []string {
	j := c[name]
	if j.Environment == nil || j.ResourceGroup == "" {
		return nil
	}
	var problems []string
	for _, other := range c.names() {
		o := c[other]
		if o.ResourceGroup != "" && o.Environment != nil && o.Environment.Name == j.Environment.Name && o.ResourceGroup != j.ResourceGroup {
			problems = append(problems, "may run while "+other+" does")
		}
	}
	// A group that does not name the environment would let one wait for another.
	if variable := regexp.MustCompile(`\$\w+`).FindString(j.Environment.Name); !strings.Contains(j.ResourceGroup, variable) {
		problems = append(problems, "waits for other environments")
	}
	return problems
}
