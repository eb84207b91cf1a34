//go:build e2e

package jobs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	built    = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	replaced = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// registryRecorder is a recorder whose `docker push` stores what a tag means, and says it as Docker does.
const registryRecorder = recorder + `
if [ "${0##*/} $1" = "docker push" ]; then
	echo ` + built + ` > "$RECORD.${2##*:}"
	echo "${2##*:}: digest: ` + built + ` size: 1573"
fi
`

// The digest that build has pushed is what deploy gives to Helm, by the artifact of build as gitlab-ci-local hands it on: the tag may
// mean another image by then, and any variable another digest.
func TestDigestIsHandedOn(t *testing.T) {
	t.Parallel()
	s := newService(t, map[string]any{"builder": "docker", "test-command": "true"})
	require.Contains(t, s.buildThenDeploy(t), "--set image.tag=dev-1000 --set image.digest="+built+" ")
}

// The old way is found: a digest in a variable is whatever the variable that outranks it says.
func TestDigestInAVariableIsFound(t *testing.T) {
	t.Parallel()
	s := newService(t, map[string]any{"builder": "docker", "test-command": "true"})
	path := filepath.Join(s.included(exampleInclude(t)), "ci/service.yml")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := strings.Replace(string(content), "image.digest=$SLIPWAY_DIGEST", "image.digest=$IMAGE_DIGEST", 1)
	require.NotEqual(t, string(content), changed)
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	require.Contains(t, s.buildThenDeploy(t), "--set image.digest="+replaced+" ")
}

// buildThenDeploy runs the job build of a push to dev, has somebody replace the tag that it has pushed, and runs deploy, with variables
// of whoever starts it. It returns the command line of Helm.
func (s service) buildThenDeploy(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	writePrograms(t, folder, registryRecorder)
	record := filepath.Join(folder, "record")
	execute := func(job string) {
		t.Helper()
		output, err := s.read(t, map[string]string{"CI_COMMIT_REF_PROTECTED": "true", "IMAGE_DIGEST": replaced, "SLIPWAY_DIGEST": replaced},
			job, "--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source",
			"--variable", "PATH="+folder+":"+os.Getenv("PATH"), "--variable", "RECORD="+record)
		require.NoError(t, err, "%s", output)
	}
	execute("build")
	pushed, err := os.ReadFile(record + ".dev-1000")
	require.NoError(t, err)
	require.Equal(t, built+"\n", string(pushed))
	require.NoError(t, os.WriteFile(record+".dev-1000", []byte(replaced+"\n"), 0o600))
	execute("deploy")
	said, err := os.ReadFile(record)
	require.NoError(t, err)
	_, after, found := strings.Cut(string(said), "slipway rollout -- helm upgrade ")
	require.True(t, found, "%s", said)
	line, _, _ := strings.Cut(after, "\n")
	return line
}

// A job that is cancelled, or fails, is recovered by its after_script, with credentials of its own branch; one that has succeeded is
// left alone.
func TestAfterScript(t *testing.T) {
	t.Parallel()
	c := newService(t, map[string]any{"review": true}).expand(t)
	for name, release := range map[string]string{"deploy": "example-microservice --namespace the-project", "review": "example-microservice-mr-7 --namespace review"} {
		for status, recovers := range map[string]bool{"success": false, "canceled": true, "failed": true} {
			calls, ok := record(t, strings.Join(c[name].AfterScript, "\n"),
				map[string]string{"CI_JOB_STATUS": status, "CI_COMMIT_BRANCH": "dev", "CI_MERGE_REQUEST_IID": "7"})
			require.True(t, ok, "%s %s", name, status)
			if !recovers {
				require.Equal(t, []string{""}, calls, "%s %s", name, status)
				continue
			}
			require.Len(t, calls, 2)
			require.Contains(t, calls[0], "slipway kubeconfig --environment ")
			require.Equal(t, "slipway recover "+release+" --timeout 5m", calls[1])
		}
	}
}
