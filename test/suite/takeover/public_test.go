//go:build manifests

package takeover

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// go test -tags manifests ./test/suite/takeover -run TestPublicManifests
//
// manifestsVariable names a folder of applications: <application>/*.yaml are manifests as people publish them, and
// <application>/values/<release>.yaml the values with which one of their Deployments is taken over.
const manifestsVariable = "SLIPWAY_MANIFESTS"

// What people have comes under the chart, or is refused before anything is touched.
func TestPublicManifests(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(manifestsVariable)
	require.NotEmpty(t, folder, "%s names no folder of applications", manifestsVariable)
	applications, err := filepath.Glob(filepath.Join(folder, "*", "values"))
	require.NoError(t, err)
	require.NotEmpty(t, applications)
	for _, values := range applications {
		application := filepath.Dir(values)
		t.Run(filepath.Base(application), func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				s := newService(t, p, "podSecurity=privileged")
				s.applyPublic(application)
				releases, err := filepath.Glob(filepath.Join(values, "*.yaml"))
				require.NoError(t, err)
				taken := 0
				for _, file := range releases {
					release := strings.TrimSuffix(filepath.Base(file), ".yaml")
					if s.takePublic(release, file) {
						taken++
					}
				}
				t.Logf("%d of %d Deployments taken over, the others refused", taken, len(releases))
			})
		})
	}
}

var (
	itsNamespace = regexp.MustCompile(`(?m)^ +namespace: .*\n`)
	aNamespace   = regexp.MustCompile(`(?m)^kind: Namespace$`)
)

// applyPublic applies an application's manifests in the service's project, as an administrator.
func (s service) applyPublic(application string) {
	s.T.Helper()
	administrator := s.Terminal
	administrator.Kubeconfig, administrator.Folder = admin.Kubeconfig, s.T.TempDir()
	files, err := filepath.Glob(filepath.Join(application, "*.y*ml"))
	require.NoError(s.T, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(s.T, err)
		documents := slices.DeleteFunc(strings.Split(string(content), "\n---"), aNamespace.MatchString)
		text := itsNamespace.ReplaceAllString(strings.Join(documents, "\n---"), "")
		require.NoError(s.T, os.WriteFile(filepath.Join(administrator.Folder, filepath.Base(file)), []byte(text), 0o600))
	}
	administrator.Must("kubectl", "apply", "--namespace", s.namespace, "--filename", ".")
	administrator.Must("kubectl", "wait", "deployment", "--all", "--namespace", s.namespace, "--for", "condition=Available", "--timeout", "5m")
}

// takePublic takes one Deployment over, and says whether it was. What is refused was not touched.
func (s service) takePublic(release, values string) bool {
	s.T.Helper()
	before := s.settled()
	output, err := s.takeover([]string{"helm", "upgrade", "--install", release, "charts/microservice", "--values", values, "--timeout", "3m"})
	if err == nil {
		history := s.History(release)
		require.Len(s.T, history, 3)
		require.Equal(s.T, "deployed", history[2].Status)
		s.T.Logf("%s: taken over\n%s", release, output.Stdout)
		return true
	}
	require.ErrorContains(s.T, err, "exit status 2", release)
	require.Empty(s.T, cmp.Diff(before.unmoved(), s.everything().unmoved()), release)
	s.T.Logf("%s: refused\n%s", release, err)
	return false
}
