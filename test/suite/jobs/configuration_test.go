//go:build e2e

package jobs

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// configuration is what GitLab makes jobs of: the jobs of a service by name, after includes, inputs and extends.
type configuration map[string]*job

// job is what these tests read of one.
type job struct {
	Image struct {
		Name string `json:"name"`
	} `json:"image"`
	BeforeScript  []string       `json:"before_script"`
	Script        []string       `json:"script"`
	AfterScript   []string       `json:"after_script"`
	Needs         []need         `json:"needs"`
	Rules         []rule         `json:"rules"`
	Environment   *environment   `json:"environment"`
	ResourceGroup string         `json:"resource_group"`
	Interruptible *bool          `json:"interruptible"`
	Timeout       string         `json:"timeout"`
	Variables     map[string]any `json:"variables"`
	IDTokens      map[string]any `json:"id_tokens"`
	Artifacts     struct {
		Paths   []string          `json:"paths"`
		Reports map[string]string `json:"reports"`
	} `json:"artifacts"`
	Only, Except any
}

// need is a job that is waited for, and whose artifacts are fetched unless it says otherwise, variables of dotenv reports too.
type need struct {
	Job       string `json:"job"`
	Artifacts *bool  `json:"artifacts"`
}

// rule is one of a job's, of which the first that is true decides.
type rule struct {
	If           string         `json:"if"`
	When         string         `json:"when"` // on_success if empty
	AllowFailure bool           `json:"allow_failure"`
	Variables    map[string]any `json:"variables"`
}

type environment struct {
	Name   string `json:"name"`
	Action string `json:"action"` // start if empty
	OnStop string `json:"on_stop"`
}

// parse reads what `gitlab-ci-local --preview` prints.
func parse(t *testing.T, expanded []byte) configuration {
	t.Helper()
	var all map[string]any
	require.NoError(t, yaml.Unmarshal(expanded, &all))
	jobs := configuration{}
	for name, keys := range all {
		if keys, ok := keys.(map[string]any); !ok || keys["script"] == nil {
			continue
		}
		text, err := json.Marshal(all[name])
		require.NoError(t, err)
		jobs[name] = &job{}
		require.NoError(t, json.Unmarshal(text, jobs[name]), name)
	}
	return jobs
}

// names of the jobs, sorted.
func (c configuration) names() []string { return slices.Sorted(maps.Keys(c)) }

// text is all that the job's shell runs.
func (j *job) text() string { return strings.Join(slices.Concat(j.BeforeScript, j.Script), "\n") }

// replace changes the first place in the job's script that has old.
func (j *job) replace(old, with string) {
	for i, line := range j.Script {
		if strings.Contains(line, old) {
			j.Script[i] = strings.Replace(line, old, with, 1)
			return
		}
	}
	panic("the script has no " + old)
}

// ifs are the conditions under which the job is there.
func (j *job) ifs() []string {
	var ifs []string
	for _, r := range j.Rules {
		if r.When != "never" {
			ifs = append(ifs, r.If)
		}
	}
	return ifs
}

// limit is the job's time limit, 0 if it has none that can be read.
func (j *job) limit() time.Duration {
	limit, _ := time.ParseDuration(j.Timeout)
	return limit
}
