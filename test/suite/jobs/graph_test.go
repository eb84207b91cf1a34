//go:build e2e

package jobs

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Which jobs there are, by what GitLab runs a pipeline for. A job is followed by how it starts, if not by itself, and by
// its environment.
func TestGraph(t *testing.T) {
	t.Parallel()
	checked := []string{"test", "check"}
	deployed := func(branch string) []string {
		return []string{"test", "check", "access " + branch, "build", "deploy " + branch, "verify " + branch, "rollback manual optional " + branch}
	}
	deployedByHand := []string{"test", "check", "access prod", "build", "deploy manual prod", "verify prod", "rollback manual optional prod"}
	promoted := []string{"test", "check", "access prod", "promote manual stg", "deploy prod", "verify prod", "rollback manual optional prod"}

	branch := func(name string, more ...string) map[string]string {
		variables := map[string]string{"CI_COMMIT_BRANCH": name, "CI_COMMIT_REF_NAME": name, "CI_COMMIT_REF_PROTECTED": "false", "CI_PIPELINE_SOURCE": "push"}
		for i := 0; i < len(more); i += 2 {
			variables[more[i]] = more[i+1]
		}
		return variables
	}
	protected := func(name string, more ...string) map[string]string {
		return branch(name, append(more, "CI_COMMIT_REF_PROTECTED", "true")...)
	}
	mergeRequest := func(source string, more ...string) map[string]string {
		variables := branch("", "CI_PIPELINE_SOURCE", "merge_request_event", "CI_PROJECT_ID", "1", "CI_MERGE_REQUEST_IID", "7",
			"CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", source, "CI_OPEN_MERGE_REQUESTS", "the-project/example-microservice!7")
		for i := 0; i < len(more); i += 2 {
			variables[more[i]] = more[i+1]
		}
		return variables
	}
	tag := func(name string, more ...string) map[string]string {
		return branch("", append(more, "CI_COMMIT_TAG", name, "CI_COMMIT_REF_NAME", name)...)
	}
	fork := []string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "2"}

	for name, c := range map[string]struct {
		inputs    map[string]any
		variables map[string]string
		jobs      []string
	}{
		"dev":                      {variables: protected("dev"), jobs: deployed("dev")},
		"stg":                      {variables: protected("stg"), jobs: deployed("stg")},
		"prod":                     {variables: protected("prod"), jobs: deployedByHand},
		"dev by the button":        {variables: protected("dev", "CI_PIPELINE_SOURCE", "web"), jobs: deployed("dev")},
		"dev in a merge request":   {variables: protected("dev", "CI_OPEN_MERGE_REQUESTS", "the-project/example-microservice!7"), jobs: deployed("dev")},
		"prod by itself":           {inputs: map[string]any{"prod-manual": false}, variables: protected("prod"), jobs: deployed("prod")},
		"prod that promotes":       {inputs: map[string]any{"promote": true}, variables: protected("prod"), jobs: promoted},
		"stg, which prod promotes": {inputs: map[string]any{"promote": true}, variables: protected("stg"), jobs: deployed("stg")},
		"prod in a freeze":         {inputs: map[string]any{"prod-manual": false}, variables: protected("prod", "CI_DEPLOY_FREEZE", "true"), jobs: deployedByHand},
		"dev in a freeze":          {variables: protected("dev", "CI_DEPLOY_FREEZE", "true"), jobs: deployed("dev")},
		"dev, not protected":       {variables: branch("dev"), jobs: []string{"test", "check", "access dev"}},
		"prod, not protected":      {variables: branch("prod"), jobs: []string{"test", "check", "access prod"}},
		"prod that promotes, not protected": {inputs: map[string]any{"promote": true}, variables: branch("prod"),
			jobs: []string{"test", "check", "access prod"}},
		"a feature branch":                      {variables: branch("feature"), jobs: checked},
		"a feature branch that is protected":    {variables: protected("feature"), jobs: checked},
		"a feature branch in a merge request":   {variables: branch("feature", "CI_OPEN_MERGE_REQUESTS", "the-project/example-microservice!7")},
		"a feature branch that begins with dev": {variables: protected("dev-2"), jobs: checked},
		"a feature branch that ends in dev":     {variables: protected("feature/dev"), jobs: checked},
		"master":                                {variables: protected("master")},
		"master by schedule":                    {variables: protected("master", "CI_PIPELINE_SOURCE", "schedule")},
		"main, where that mirrors prod":         {inputs: map[string]any{"mirror-branch": "main"}, variables: protected("main")},
		"a merge request":                       {variables: mergeRequest("feature"), jobs: checked},
		"a merge request of dev":                {variables: mergeRequest("dev", "CI_COMMIT_REF_PROTECTED", "true"), jobs: checked},
		"a fork's merge request":                {variables: mergeRequest("feature", fork...), jobs: checked},
		"a reviewed merge request": {inputs: map[string]any{"review": true}, variables: mergeRequest("feature"),
			jobs: []string{"test", "check", "build", "review review/7", "stop-review manual optional review/7"}},
		"a fork's merge request, with reviews": {inputs: map[string]any{"review": true}, variables: mergeRequest("feature", fork...), jobs: checked},
		"dev, with reviews":                    {inputs: map[string]any{"review": true}, variables: protected("dev"), jobs: deployed("dev")},
		"a fork's dev":                         {variables: branch("dev", "CI_PROJECT_PATH", "somebody/example-microservice"), jobs: []string{"test", "check", "access dev"}},
		"a tag":                                {variables: tag("v1.2.3")},
		"a tag that is protected":              {variables: tag("v1.2.3", "CI_COMMIT_REF_PROTECTED", "true")},
		"a tag called dev":                     {variables: tag("dev", "CI_COMMIT_REF_PROTECTED", "true")},
		"dev by schedule":                      {variables: protected("dev", "CI_PIPELINE_SOURCE", "schedule"), jobs: checked},
		"prod by schedule":                     {inputs: map[string]any{"promote": true}, variables: protected("prod", "CI_PIPELINE_SOURCE", "schedule"), jobs: checked},
		"other branches": {inputs: map[string]any{"branches": "qa|live", "production": "live"}, variables: protected("live"),
			jobs: []string{"test", "check", "access live", "build", "deploy manual live", "verify live", "rollback manual optional live"}},
		"dev, where it is not deployed": {inputs: map[string]any{"branches": "qa|live", "production": "live"}, variables: protected("dev"), jobs: checked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, c.inputs)
			var jobs, starts []string
			for _, job := range s.list(t, c.variables) {
				jobs, starts = append(jobs, job.String()), append(starts, job.name+" "+job.when)
			}
			require.ElementsMatch(t, c.jobs, jobs)

			// What TestNoVariableDecides goes by comes to the same.
			var reckoned []string
			for name, j := range expanded(t, c.inputs) {
				when, err := j.start(c.variables)
				require.NoError(t, err)
				if when != "" {
					reckoned = append(reckoned, name+" "+when)
				}
			}
			require.ElementsMatch(t, starts, reckoned)
		})
	}
}

// expanded is what service.expand returns for these inputs, which takes a second and is the same for every branch.
func expanded(t *testing.T, inputs map[string]any) configuration {
	t.Helper()
	expansions.Lock()
	defer expansions.Unlock()
	key := fmt.Sprint(inputs)
	if expansions.known == nil {
		expansions.known = map[string]configuration{}
	}
	if expansions.known[key] == nil {
		expansions.known[key] = newService(t, inputs).expand(t)
	}
	return expansions.known[key]
}

var expansions struct {
	sync.Mutex
	known map[string]configuration
}

func (l listed) String() string {
	text := l.name
	if l.when != "on_success" {
		text += " " + l.when
	}
	if l.allowFailure == "true" {
		text += " optional"
	}
	if l.environment != "" {
		text += " " + l.environment
	}
	return text
}

// The schema that GitLab publishes takes every file, with each builder, and refuses what it would not take.
func TestSchema(t *testing.T) {
	t.Parallel()
	for _, builder := range readTemplate(t, "ci/service.yml").inputs["builder"].Options {
		t.Run(builder, func(t *testing.T) {
			t.Parallel()
			s := newService(t, map[string]any{"builder": builder, "review": true, "promote": true})
			output, err := s.read(t, nil, "--list")
			require.NoError(t, err, "%s", output)
		})
	}
	for name, more := range map[string]map[string]any{
		"a misspelt key":       {"test": map[string]any{"scirpt": []string{"true"}}},
		"of an environment":    {"deploy": map[string]any{"environment": map[string]any{"on_stopp": "stop"}}},
		"a job that is needed": {"deploy": map[string]any{"needs": []string{"tets"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, nil)
			own := exampleInclude(t)
			file := map[string]any{"include": []any{map[string]any{"project": own.Project, "ref": own.Ref, "file": own.File, "inputs": own.Inputs}}}
			maps.Copy(file, more)
			s.write(t, ".gitlab-ci.yml", file)
			output, err := s.read(t, map[string]string{"CI_COMMIT_REF_PROTECTED": "true"}, "--list")
			require.Error(t, err, "%s", output)
		})
	}
}
