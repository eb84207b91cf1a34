//go:build e2e

package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What is wrong in the repository, or with the environment, fails before anything is built, and the log says what it is.
func TestRefusedBeforeBuilding(t *testing.T) {
	t.Parallel()
	s := newService(t, "dev", "stg")
	s.keepReports()
	for _, c := range []struct {
		name, branch, job string
		wrong             func(t *testing.T, s service)
		says              []string
		finds             []issue // in the report of job check
	}{
		{"no values", "stg", "check", func(t *testing.T, s service) {
			require.NoError(t, os.Remove(filepath.Join(s.folder, "deploy/values-stg.yaml")))
		}, []string{"error deploy/values-stg.yaml [values-unreadable]\n    no such file or directory"}, []issue{{"values-unreadable", "deploy/values-stg.yaml", 1}}},
		{"a misspelt key", "dev", "check", func(_ *testing.T, s service) {
			s.edit("deploy/values.yaml", "ingress:", "replica: 3\n\ningress:")
		}, []string{"error deploy/values.yaml:14 [values-unknown-key]\n    replica: there is no key replica here\n    -> did you mean replicas?"}, []issue{{"values-unknown-key", "deploy/values.yaml", 14}}},
		{"what the chart refuses", "stg", "check", func(_ *testing.T, s service) {
			s.write("deploy/values-stg.yaml", s.read("deploy/values-stg.yaml")+"readinessProbe: {httpGet: {port: web}}\n")
		}, []string{`"web" is not in ports (http)`, "-> declare it there, name one that is, or remove the probe"}, []issue{{"values-mistake", "deploy/values-stg.yaml", 18}}},
		{"a test fails", "dev", "test", func(_ *testing.T, s service) {
			s.inputs["test-command"] = "go test ./internal/..."
			s.write("internal/broken/broken_test.go", "package broken\n\nimport \"testing\"\n\nfunc TestBroken(t *testing.T) { t.Fatal(\"broken on purpose\") }\n")
		}, []string{"broken on purpose"}, nil},
		{"no token", "dev", "access", func(_ *testing.T, s service) {
			delete(s.variables, "K8S_DEV_TOKEN")
		}, []string{"K8S_DEV_TOKEN"}, nil},
		{"a branch that is not protected", "dev", "access", func(_ *testing.T, s service) {
			s.set("CI_COMMIT_REF_PROTECTED", "variable", "false")
		}, []string{"branch dev is not protected"}, nil},
		{"no pull secret", "dev", "access", func(t *testing.T, s service) {
			require.NoError(t, shared.Client.CoreV1().Secrets(s.environments["dev"].namespace).Delete(t.Context(), "regcred", metav1.DeleteOptions{}))
		}, []string{"regcred"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			before := s.git("rev-parse", "HEAD")
			variables, command := s.cloneVariables(), s.inputs["test-command"]
			c.wrong(t, s)
			run := s.push(c.branch)
			s.git("checkout", "--quiet", "--force", "-B", "main", before)
			s.git("clean", "--quiet", "--force", "-d")
			s.restore(variables)
			s.inputs["test-command"] = command

			require.False(t, run.green)
			require.False(t, run.jobs[c.job].green)
			for _, said := range c.says {
				require.Contains(t, run.jobs[c.job].log, said)
			}
			require.Equal(t, c.job != "check", run.jobs["check"].green)
			require.ElementsMatch(t, c.finds, s.codeQuality())
			require.NotContains(t, run.jobs, "deploy")
			require.NotContains(t, run.jobs, "verify")
			if c.job != "test" { // the image is built beside the tests, and not deployed
				require.NotContains(t, run.jobs, "build")
				tags, err := images.Tags(t.Context(), s.repository())
				require.NoError(t, err)
				require.NotContains(t, tags, run.tag(c.branch))
			}
		})
	}
}
