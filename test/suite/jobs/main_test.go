// Package jobs tests ci/service.yml without running it: GitLab's published schema takes it, each kind of push gets the jobs
// that it should, and what GitLab alone would enforce (inputs, resource groups, protection, time limits, no token on a command
// line) holds for the configuration as it is after includes, inputs and extends. gitlab-ci-local, which reads it, knows the
// schema but none of that.
package jobs

// root of the repository.
const root = "../../.."
