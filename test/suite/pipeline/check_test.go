//go:build e2e

package pipeline

import (
	"encoding/json"
	"encoding/xml"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A merge request's values are checked for all environments, a fork's too, with what is wrong in its log and in the reports
// that GitLab shows in it; warnings are shown and refuse nothing.
func TestMergeRequestIsChecked(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.keepReports()
	for name, value := range map[string]string{
		"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7",
		"CI_PROJECT_ID": "41", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42", // a fork's
	} {
		s.set(name, "variable", value)
	}
	s.checkout("feature")
	clean := s.mergeRequest()
	require.True(t, clean.green)
	require.Contains(t, clean.jobs["check"].log, "3 releases in 1 service (dev, prod, stg), Kubernetes 1.30 to 1.37: no findings\n")
	require.Equal(t, "[]\n", s.report("slipway-check.json"))
	require.Equal(t, tests{Tests: 1}, s.testReport("slipway-check.xml"))

	t.Run("three mistakes", func(t *testing.T) {
		s := s.in(t)
		defer s.git("checkout", "--quiet", "--force", "feature")
		s.edit("deploy/values.yaml", "ingress:", "replica: 3\n\ningress:")
		s.edit("deploy/values-stg.yaml", "  DEBUG: false\n", "  DEBUG: false\n  RELEASE: 0123\n")
		s.write("deploy/values-prod.yaml", s.read("deploy/values-prod.yaml")+"resources: {limits: {memory: null}}\n")
		run := s.mergeRequest()
		require.False(t, run.green)
		require.NotContains(t, run.jobs, "build")
		_, said, found := strings.Cut(run.jobs["check"].log, "\nexample-microservice\n")
		require.True(t, found, run.jobs["check"].log)
		require.Equal(t, `  error deploy/values-prod.yaml:16 [values-mistake]
    resources.limits.memory: must be set in environment prod, which is one of productionEnvironments, or one pod can take its node down (prod)
    -> write a limit, such as 128Mi
  error deploy/values-stg.yaml:4 [yaml-value]
    env.RELEASE: 0123 is read as 83 (stg)
    -> write "0123", or 83 if that is meant
  error deploy/values.yaml:14 [values-unknown-key]
    replica: there is no key replica here
    -> did you mean replicas?

3 releases in 1 service (dev, prod, stg), Kubernetes 1.30 to 1.37: 3 errors, 0 warnings
`, said)
		require.Equal(t, []issue{
			{"values-mistake", "deploy/values-prod.yaml", 16}, {"yaml-value", "deploy/values-stg.yaml", 4}, {"values-unknown-key", "deploy/values.yaml", 14},
		}, s.codeQuality())
		require.Equal(t, tests{Tests: 3, Failures: 3}, s.testReport("slipway-check.xml"))
	})
	t.Run("a warning", func(t *testing.T) {
		s := s.in(t)
		defer s.git("checkout", "--quiet", "--force", "feature")
		s.edit("deploy/values-dev.yaml", "  DEBUG: true\n", "  DEBUG: true\n  GREETING: hello\n")
		s.edit("deploy/values-stg.yaml", "  DEBUG: false\n", "  DEBUG: false\n  GREETING: hello\n")
		run := s.mergeRequest()
		require.True(t, run.green)
		require.Contains(t, run.jobs["check"].log, "env.GREETING: is set in dev, stg, not in prod")
		require.Equal(t, []issue{{"values-not-in-production", "deploy/values-stg.yaml", 4}}, s.codeQuality())
		require.Equal(t, tests{Tests: 1, Skipped: 1}, s.testReport("slipway-check.xml"))
	})
	t.Run("its review environment", func(t *testing.T) {
		s := s.in(t)
		s.set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "variable", "41")
		s.inputs["review"], s.inputs["review-domain"] = true, "Review.example.com"
		run := s.mergeRequest()
		require.False(t, run.jobs["check"].green)
		require.NotContains(t, run.jobs, "build")
		require.Contains(t, run.jobs["check"].log, "As the merge request's review environment:\nexample-microservice-mr-7\n")
		require.Contains(t, run.jobs["check"].log, "domain: 'mr-7.Review.example.com' does not match pattern")
		require.Equal(t, "[]\n", s.report("slipway-check.json"))
		require.NotZero(t, s.testReport("slipway-check-review.xml").Failures)
	})
}

// Before a push, the job image checks what the job will.
func TestCheckBeforeAPush(t *testing.T) {
	t.Parallel()
	s := newService(t)
	commands := regexp.MustCompile("(?s)```sh e2e\n(.*?)```").FindStringSubmatch(mustRead(t, filepath.Join(root, "docs/check.md")))
	require.Len(t, commands, 2, "docs/check.md shows how")
	command := strings.Replace(commands[1], "registry.example.com/platform/slipway:0.2.0", jobImage, 1)
	check := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", command)
		cmd.Dir = s.folder
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	said, err := check()
	require.NoError(t, err, said)
	require.Contains(t, said, "3 releases in 1 service (dev, prod, stg), Kubernetes 1.30 to 1.37: no findings\n")

	s.edit("deploy/values.yaml", "ingress:", "replica: 3\n\ningress:")
	said, err = check()
	require.ErrorContains(t, err, "exit status 1", said)
	require.Contains(t, said, "error deploy/values.yaml:14 [values-unknown-key]")
}

// issue is what the suite reads of one of GitLab's Code Quality.
type issue struct {
	rule, path string
	line       int
}

// keepReports has the reports of job check kept where a test can read them: the executor, other than GitLab, keeps those
// artifacts alone that are files for other jobs. The service does it as any would change a job.
func (s service) keepReports() {
	s.t.Helper()
	s.write(".gitlab-ci.yml", s.read(".gitlab-ci.yml")+"\ncheck:\n  artifacts:\n    paths: [slipway-check*]\n")
	s.git("commit", "--quiet", "--all", "--message", "Keep the reports")
}

// report returns a file that job check of the last pipeline has kept.
func (s service) report(name string) string {
	s.t.Helper()
	return mustRead(s.t, filepath.Join(s.folder, stateFolder, "artifacts", "check", name))
}

// codeQuality reads the report as GitLab does.
func (s service) codeQuality() []issue {
	s.t.Helper()
	var content []struct {
		Description string `json:"description"`
		CheckName   string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
		Severity    string `json:"severity"`
		Location    struct {
			Path  string `json:"path"`
			Lines struct {
				Begin int `json:"begin"`
			} `json:"lines"`
		} `json:"location"`
	}
	require.NoError(s.t, json.Unmarshal([]byte(s.report("slipway-check.json")), &content))
	require.NotNil(s.t, content, "an empty report is a list too")
	var issues []issue
	for _, one := range content {
		require.NotEmpty(s.t, one.Description)
		require.NotEmpty(s.t, one.Fingerprint)
		require.Contains(s.t, []string{"info", "minor", "major", "critical", "blocker"}, one.Severity)
		require.NotEmpty(s.t, one.Location.Path)
		require.Positive(s.t, one.Location.Lines.Begin)
		issues = append(issues, issue{one.CheckName, one.Location.Path, one.Location.Lines.Begin})
	}
	return issues
}

// tests are how many of a test report there are.
type tests struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
}

func (s service) testReport(name string) (t tests) {
	s.t.Helper()
	require.NoError(s.t, xml.Unmarshal([]byte(s.report(name)), &t))
	return t
}
