package gitlab

import "strings"

// Variable is one that is set under Settings > CI/CD > Variables of a group or a project.
type Variable struct {
	Key, Value string
	// Group says that it is a group's, whose environment scope takes GitLab Premium.
	Group bool
	// Protected variables are given to jobs of protected branches and tags alone.
	Protected bool
	// Scope is the environment, * at its end for all that begin so, that a job must have to get it; empty for all jobs.
	Scope string
}

// Job is what of a job decides which variables it gets.
type Job struct {
	Protected   bool // its branch is
	Environment string
}

// Given returns what of the variables GitLab gives to a job, a project's before a group's and the narrower scope before the wider
// (https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable).
func Given(all []Variable, j Job) map[string]string {
	given, by := map[string]string{}, map[string]Variable{}
	for _, v := range all {
		before, taken := by[v.Key]
		if v.Protected && !j.Protected || !v.covers(j.Environment) || taken && !v.outranks(before) {
			continue
		}
		given[v.Key], by[v.Key] = v.Value, v
	}
	return given
}

func (v Variable) covers(environment string) bool {
	if v.Scope == "" || v.Scope == "*" {
		return true
	}
	if environment == "" {
		return false
	}
	if before, ok := strings.CutSuffix(v.Scope, "*"); ok {
		return strings.HasPrefix(environment, before)
	}
	return v.Scope == environment
}

func (v Variable) outranks(other Variable) bool {
	if v.Group != other.Group {
		return other.Group
	}
	return len(v.Scope) >= len(other.Scope)
}
