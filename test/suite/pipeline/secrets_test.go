//go:build e2e

package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// leaks are changes of a service's repository that put a secret where none belongs, each by the place that it ends up in.
// All of them are mistakes that people make.
const (
	leakyJob = `
leak:
  stage: check
  image: %s
  needs: []
  script:
    - echo "the job token is $CI_JOB_TOKEN"
    - sh -c 'sleep 2; true' "$K8S_DEV_TOKEN"
`
	leakyImage = `COPY --from=builder /out/ /
COPY leak /
ARG TOKEN=%s
LABEL built-with=$TOKEN
`
)

// What a pipeline leaves behind holds no secret: layers and history of its images, logs, the command lines that ran, the
// release that Helm stored, and the manifest in it. That the search for them finds what is there is seen first.
func TestNoSecretIsLeftBehind(t *testing.T) {
	t.Parallel()
	clean, leaky := newService(t, "dev"), newService(t, "dev")

	secrets := leaky.secrets()
	leaky.write(".gitlab-ci.yml", leaky.read(".gitlab-ci.yml")+fmt.Sprintf(leakyJob, jobImage))
	leaky.edit("Dockerfile", "COPY --from=builder /out/ /\n", fmt.Sprintf(leakyImage, secrets["job token"]))
	leaky.write(".dockerignore", strings.ReplaceAll(leaky.read(".dockerignore"), "!go.mod\n", "!go.mod\n!leak\n"))
	leaky.write("leak", "password: "+secrets["registry password"]+"\n")
	leaky.edit("deploy/values-dev.yaml", "  DEBUG: true\n", "  DEBUG: true\n  TOKEN: "+secrets["token of dev"]+"\n")
	found, where := leaky.search()
	t.Log(where)
	require.Subset(t, found, []string{
		"image history: job token", "image layers: registry password", "job logs: job token",
		"manifest: token of dev", "process list: token of dev", "release: token of dev",
	})

	found, where = clean.search()
	require.Empty(t, found, where)
}

// search runs the pipeline of dev and returns where it left which of its secrets.
func (s service) search() (found []string, where string) {
	s.t.Helper()
	run := s.push("dev")
	require.True(s.t, run.green)
	p := places{}
	p.searchImages(s.t, s.repository())
	p.searchLogs(s.t, s, run)
	p.searchProcesses(s.t, run)
	p.searchRelease(s.t, s.environments["dev"])
	return p.found(s.secrets())
}
