//go:build e2e

package jobs

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var token = regexp.MustCompile(`^\s*(&&|\|\||==|!=|=~|\$[A-Za-z_][A-Za-z0-9_]*|"[^"]*"|/(?:[^/\\]|\\.)*/)`)

// holds evaluates the condition of a rule as GitLab does (https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions);
// TestGraph sees that gitlab-ci-local comes to the same for every job.
func holds(condition string, env map[string]string) (bool, error) {
	var tokens []string
	for rest := strings.TrimSpace(condition); rest != ""; rest = strings.TrimSpace(rest) {
		match := token.FindStringSubmatch(rest)
		if match == nil {
			return false, fmt.Errorf("%s: not understood from %q on", condition, rest)
		}
		tokens, rest = append(tokens, match[1]), rest[len(match[0]):]
	}
	value := func(token string) string {
		if name, ok := strings.CutPrefix(token, "$"); ok {
			return env[name]
		}
		return strings.Trim(token, `"`)
	}
	some, all := false, true
	for i := 0; i < len(tokens); i++ {
		is := value(tokens[i]) != ""
		if i+2 < len(tokens) {
			switch right := tokens[i+2]; tokens[i+1] {
			case "==":
				is, i = value(tokens[i]) == value(right), i+2
			case "!=":
				is, i = value(tokens[i]) != value(right), i+2
			case "=~":
				is, i = regexp.MustCompile(strings.Trim(right, "/")).MatchString(value(tokens[i])), i+2
			}
		}
		all = all && is
		i++
		if i >= len(tokens) || tokens[i] == "||" {
			some, all = some || all, true
		} else if tokens[i] != "&&" {
			return false, fmt.Errorf("%s: not understood from %q on", condition, tokens[i])
		}
	}
	return some, nil
}

// start says how the job starts in a pipeline with these variables, empty if it is not there.
func (j *job) start(env map[string]string) (string, error) {
	for _, r := range j.Rules {
		is, err := holds(r.If, env)
		if err != nil {
			return "", err
		}
		if is && r.When == "never" {
			return "", nil
		}
		if is && r.When == "" {
			return "on_success", nil
		}
		if is {
			return r.When, nil
		}
	}
	return "", nil
}

func TestConditions(t *testing.T) {
	t.Parallel()
	env := map[string]string{"BRANCH": "dev", "SET": "x", "EMPTY": ""}
	for condition, want := range map[string]bool{
		`$SET`: true, `$EMPTY`: false, `$MISSING`: false, `$BRANCH == "dev"`: true, `$BRANCH != "dev"`: false, `"a" == "a"`: true,
		`$BRANCH =~ /^(dev|stg)$/`: true, `$BRANCH =~ /^stg$/`: false, `$MISSING =~ /^dev$/`: false,
		`$SET && $BRANCH == "stg"`: false, `$BRANCH == "stg" || $SET`: true, `$SET && $EMPTY || $BRANCH == "dev" && $SET`: true,
		`$BRANCH == "dev" && $EMPTY && $SET`: false, `$EMPTY || $MISSING`: false,
	} {
		is, err := holds(condition, env)
		require.NoError(t, err)
		require.Equal(t, want, is, condition)
	}
	_, err := holds(`$BRANCH in ["dev"]`, env)
	require.Error(t, err)
}
