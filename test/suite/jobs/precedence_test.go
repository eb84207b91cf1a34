//go:build e2e

package jobs

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
	"gitlab.example.com/platform/slipway/test/suite/gitlab"
)

// precedence has the places in which GitLab lets variables be set, the one that outranks all others first
// (https://docs.gitlab.com/ci/variables/#cicd-variable-precedence). Whether others than the repository's own people can set
// one there says foreign.
var precedence = []struct {
	place   string
	foreign bool
}{
	{"pipeline", true}, // of a trigger, a schedule, GitLab's API, whoever starts a pipeline or a manual job
	{"project", true},
	{"group", true},
	{"instance", true},
	{"dotenv", true}, // a report of an earlier job
	{"job", false},
	{"default", false}, // at the head of a pipeline file
	{"deployment", false},
	{"predefined", false},
}

// variables of a job, by the place in which they are set.
type variables map[string]map[string]string

// effective are the values that the job sees.
func (v variables) effective() map[string]string {
	seen := map[string]string{}
	for _, p := range slices.Backward(precedence) {
		maps.Copy(seen, v[p.place])
	}
	return seen
}

// The order is GitLab's, in its own example: a project's variable before the group's, both before the job's, and all of them
// before what GitLab itself has set.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	v := variables{}
	for _, p := range slices.Backward(precedence) {
		v[p.place] = map[string]string{"NAME": p.place}
		require.Equal(t, p.place, v.effective()["NAME"])
	}
}

// situation is what GitLab has made a pipeline for: its variables, and what the jobs' ID tokens say, which no variable changes.
type situation struct {
	variables map[string]string
	claims    gitlab.Claims
}

func situations() map[string]situation {
	at := func(branch, protected, source string, more ...string) situation {
		s := situation{
			variables: map[string]string{"CI_COMMIT_BRANCH": branch, "CI_COMMIT_REF_NAME": branch, "CI_COMMIT_REF_PROTECTED": protected,
				"CI_PIPELINE_SOURCE": source, "CI_PROJECT_ID": "1", "CI_PIPELINE_ID": "1000", "CI_REGISTRY": "registry.example.com",
				"CI_REGISTRY_IMAGE": "registry.example.com/the-project/example-microservice", "CI_SERVER_HOST": "gitlab.example.com"},
			claims: gitlab.Push("the-project/example-microservice", branch).With(gitlab.Claims{"ref_protected": protected, "pipeline_source": source}),
		}
		for i := 0; i < len(more); i += 2 {
			s.variables[more[i]] = more[i+1]
		}
		return s
	}
	review := at("feature", "false", "merge_request_event", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1", "CI_MERGE_REQUEST_IID", "7")
	delete(review.variables, "CI_COMMIT_BRANCH")
	return map[string]situation{
		"dev": at("dev", "true", "push"), "dev by a schedule": at("dev", "true", "schedule"), "dev, not protected": at("dev", "false", "push"),
		"prod": at("prod", "true", "push"), "prod in a freeze": at("prod", "true", "push", "CI_DEPLOY_FREEZE", "true"),
		"a feature branch": at("feature", "false", "push"), "a merge request": review,
	}
}

// decision is what a job is about to do with an environment. It is refused where the job ends before it has done anything.
type decision struct {
	When, Environment, ResourceGroup string
	// Calls are its commands on clusters, without what the image and its origin are called.
	Calls []string
}

var (
	refused = decision{When: "refused"}
	// decides matches what decides of a command line: environment, credentials, release, namespace, layers of values.
	decides = regexp.MustCompile(`^(slipway|helm|kubectl) `)
	free    = regexp.MustCompile(` (--(?:registry|image|to) \S*|--set (image|provenance)\.\S+)`)
	read    = regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]*)`)
)

// excepted are the variables that may change a decision, and why they may.
var excepted = map[string]string{
	"CI_DEPLOY_FREEZE": "GitLab says so in no other way: whoever may run prod's pipeline with variables can end a freeze, which " +
		"`Minimum role to use pipeline variables` forbids",
	"CI_MERGE_REQUEST_IID": "leads to another review, in the namespace of all reviews",
}

// No variable that is set in the project, a group, the instance, by a schedule, by whoever starts a pipeline or by an earlier job
// changes which environment, credentials, values, gate or resource group a job takes: each one that a job reads, GitLab's own
// among them, from each of these places, with each environment's name as its value.
func TestNoVariableDecides(t *testing.T) {
	t.Parallel()
	c := newService(t, every).expand(t)
	for name, at := range situations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, newTrial(t, c, at).changes(t))
		})
	}
}

// The old way is found: a job variable of a common name that says which environment it is.
func TestAVariableThatDecidesIsFound(t *testing.T) {
	t.Parallel()
	c := newService(t, nil).expand(t)
	c["deploy"].Variables = map[string]any{"ENVIRONMENT": "$CI_COMMIT_BRANCH"}
	for i, line := range c["deploy"].Script {
		c["deploy"].Script[i] = strings.ReplaceAll(line, "$SLIPWAY_ENVIRONMENT.yaml", "$ENVIRONMENT.yaml")
	}
	found := strings.Join(newTrial(t, c, situations()["dev"]).changes(t), "\n")
	for _, p := range precedence {
		if p.foreign {
			require.Contains(t, found, "deploy: ENVIRONMENT=prod of the "+p.place)
		}
	}
}

// GitLab's own variables are found too, if no job asks its ID token.
func TestWithoutIDTokens(t *testing.T) {
	t.Parallel()
	tried := newTrial(t, newService(t, nil).expand(t), situations()["dev"])
	tried.unasked = true
	found := strings.Join(tried.changes(t), "\n")
	for _, job := range []string{"access", "deploy", "verify", "rollback"} {
		require.Contains(t, found, job+": CI_COMMIT_BRANCH=prod of the pipeline")
	}
}

// trial is of all jobs in one situation.
type trial struct {
	jobs   configuration
	at     situation
	issuer *gitlab.Server
	known  map[string]decision
	// unasked leaves out what slipway kubeconfig asks the ID token.
	unasked bool
}

func newTrial(t *testing.T, jobs configuration, at situation) *trial {
	return &trial{jobs: jobs, at: at, issuer: gitlab.NewServer(t), known: map[string]decision{}}
}

// changes says which variable, set where to what, changes which job's decision.
func (tried *trial) changes(t *testing.T) (found []string) {
	t.Helper()
	before := tried.decisions(t, variables{})
	for _, name := range tried.jobs.variables() {
		if excepted[name] != "" {
			continue
		}
		for _, value := range values(name) {
			for _, p := range precedence {
				if !p.foreign {
					continue
				}
				for job, after := range tried.decisions(t, variables{p.place: {name: value}}) {
					if after.When != "refused" && !equal(before[job], after) {
						found = append(found, fmt.Sprintf("%s: %s=%s of the %s: %v, not %v", job, name, value, p.place, after, before[job]))
					}
				}
			}
		}
	}
	return found
}

// values are what a variable is tried with.
func values(name string) []string {
	switch {
	case strings.HasSuffix(name, "_PROTECTED"):
		return []string{"true", "false", ""}
	case strings.HasSuffix(name, "_SOURCE"):
		return []string{"push", "schedule", "merge_request_event", ""}
	case name == kubeconfig.IDToken:
		return []string{"prod", "eyJhbGciOiJub25lIn0.eyJyZWYiOiJwcm9kIn0.x"} // that says it is of prod, signed by nobody
	}
	return []string{"prod", "dev", ""}
}

func equal(a, b decision) bool {
	return a.When == b.When && a.Environment == b.Environment && a.ResourceGroup == b.ResourceGroup && slices.Equal(a.Calls, b.Calls)
}

// variables are the names of all that any job reads, and of some that programs in them do.
func (c configuration) variables() []string {
	names := []string{"ENVIRONMENT", "REVISION", "IMAGE_DIGEST", "KUBECONFIG", "HELM_NAMESPACE"}
	for _, j := range c {
		names = append(names, j.variables()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// variables are the names of those that the job reads.
func (j *job) variables() (names []string) {
	text := j.text() + j.ResourceGroup + j.Image.Name
	for _, r := range j.Rules {
		text += r.If
	}
	if j.Environment != nil {
		text += j.Environment.Name
	}
	for _, match := range read.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	names = append(slices.AppendSeq(names, maps.Keys(j.Variables)), kubeconfig.IDToken)
	slices.Sort(names)
	return slices.Compact(names)
}

// decisions returns that of each job that is there, with these variables beside GitLab's own and the jobs'.
func (tried *trial) decisions(t *testing.T, set variables) map[string]decision {
	t.Helper()
	all := maps.Clone(set)
	all["predefined"] = tried.at.variables
	made := map[string]decision{}
	for name, j := range tried.jobs {
		when, err := j.start(all.effective())
		require.NoError(t, err)
		if when == "" || j.Environment == nil {
			continue
		}
		own := maps.Clone(all)
		own["job"] = map[string]string{}
		for name, value := range j.Variables {
			if text, ok := value.(string); ok {
				own["job"][name] = os.Expand(text, func(name string) string { return all.effective()[name] })
			}
		}
		made[name] = tried.once(t, name, when, own.effective())
	}
	return made
}

// once is job.decide, which is not done again for a job that reads nothing of what has changed.
func (tried *trial) once(t *testing.T, name, when string, env map[string]string) decision {
	t.Helper()
	j, key := tried.jobs[name], name+" "+when
	for _, variable := range j.variables() {
		key += fmt.Sprintf(" %s=%q", variable, env[variable])
	}
	d, known := tried.known[key]
	if !known {
		d = tried.decide(t, j, when, env)
		tried.known[key] = d
	}
	return d
}

// decide runs a job's script in a shell, with programs that write down how they are called.
func (tried *trial) decide(t *testing.T, j *job, when string, env map[string]string) decision {
	t.Helper()
	expand := func(text string) string { return os.Expand(text, func(name string) string { return env[name] }) }
	d := decision{When: when, Environment: expand(j.Environment.Name), ResourceGroup: expand(j.ResourceGroup)}
	if env[kubeconfig.IDToken] == "" { // else somebody has set it
		env = maps.Clone(env)
		env[kubeconfig.IDToken] = tried.issuer.Token(t, tried.at.claims.With(gitlab.Claims{"environment": d.Environment}))
	}
	calls, ok := record(t, j.text(), env)
	for _, line := range calls {
		words := call{words: strings.Fields(line)}
		if words.is("slipway", "kubeconfig") {
			o := kubeconfig.Options{Environment: words.value("--environment"), Branch: words.value("--branch"),
				Protected: words.has("--protected"), Variable: func(name string) string { return env[name] }}
			if o.Protected && env["CI_COMMIT_REF_PROTECTED"] != "true" || !tried.unasked && o.OfBranch() != nil {
				return refused
			}
		}
		if decides.MatchString(line) {
			d.Calls = append(d.Calls, strings.TrimSpace(free.ReplaceAllString(line, "")))
		}
	}
	if !ok && !slices.ContainsFunc(d.Calls, func(line string) bool { return !strings.HasPrefix(line, "slipway kubeconfig") }) {
		return refused
	}
	return d
}

// recorder is each program that a job calls: it writes its command line down.
const recorder = `#!/bin/sh
echo "${0##*/} $*" >> "$RECORD"
case "${0##*/} $1" in
"slipway kubeconfig") echo /dev/null;;
"slipway live") echo "$CI_REGISTRY_IMAGE:$CI_COMMIT_BRANCH-$CI_PIPELINE_ID@$(cat slipway-digest)";;
esac
`

// record returns the command lines of the programs that the script calls, and whether it came to its end.
func record(t *testing.T, text string, env map[string]string) (lines []string, ok bool) {
	t.Helper()
	folder := t.TempDir()
	writePrograms(t, folder, recorder)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "slipway-digest"), []byte("sha256:"+strings.Repeat("0", 64)+"\n"), 0o600))
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", text)
	cmd.Dir = folder
	cmd.Env = []string{"PATH=" + folder + ":/usr/bin:/bin", "RECORD=" + filepath.Join(folder, "record"), "TMPDIR=" + folder}
	for name, value := range env {
		if name != "PATH" { // without which nothing runs at all
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	err := cmd.Run()
	written, _ := os.ReadFile(filepath.Join(folder, "record")) // there is none if nothing was called
	return strings.Split(strings.TrimSpace(string(written)), "\n"), err == nil
}

// writePrograms makes all that jobs call of one script.
func writePrograms(t *testing.T, folder, script string) {
	t.Helper()
	for _, name := range []string{"slipway", "helm", "kubectl", "crane", "docker", "buildctl-daemonless.sh"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(script), 0o755))
	}
}
