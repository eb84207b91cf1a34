package render_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/render"
)

// valued is a chart with values that stand in files of the repository.
type valued struct {
	chart string
	files []string
	set   []string
}

// valuedReleases are the releases that the values files of the repository make, by what they show. It fails for a
// file that none of them takes.
func valuedReleases(t *testing.T) map[string]valued {
	t.Helper()
	const root = "../../.."
	own := []string{"environment=dev", "image.tag=dev-1", "image.repository=registry.example.com/the-project/example-microservice"}
	all := map[string]valued{
		"microservice's defaults": {chart: "microservice", files: []string{root + "/charts/microservice/values.yaml"}, set: own},
		"project's defaults":      {chart: "project", files: []string{root + "/charts/project/values.yaml"}, set: []string{"environment=dev", "namespace.name=the-project"}},
		"the smallest":            {chart: "microservice", files: []string{root + "/test/suite/deploy/testdata/small.yaml"}},
	}
	environments, err := filepath.Glob(exampleDir + "/deploy/values-*.yaml")
	require.NoError(t, err)
	for _, file := range environments {
		environment := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "values-"), ".yaml")
		all["example in "+environment] = valued{chart: "microservice", files: exampleFiles(environment), set: []string{"image.tag=" + environment + "-1"}}
	}
	fleet, err := filepath.Glob(root + "/test/example-fleet/*/deploy/values-*.yaml")
	require.NoError(t, err)
	for _, file := range fleet {
		dir, environment := filepath.Dir(file), strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "values-"), ".yaml")
		all[filepath.Base(filepath.Dir(dir))+" in "+environment] = valued{
			chart: "microservice", set: []string{"image.tag=" + environment + "-1"},
			files: []string{platformDir + "/values.yaml", platformDir + "/values-" + environment + ".yaml", dir + "/values.yaml", file},
		}
	}
	features, err := filepath.Glob(root + "/test/suite/rights/testdata/features/*.yaml")
	require.NoError(t, err)
	core := root + "/test/suite/rights/testdata/core.yaml"
	all["no feature"] = valued{chart: "microservice", files: []string{core}, set: own}
	for _, file := range features {
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = valued{chart: "microservice", files: []string{core, file}, set: own}
	}

	absolute := func(file string) string {
		path, err := filepath.Abs(file)
		require.NoError(t, err)
		return path
	}
	taken := map[string]bool{}
	for _, release := range all {
		for _, file := range release.files {
			taken[absolute(file)] = true
		}
	}
	values := regexp.MustCompile(`/(values(-[a-z]+)?|features/[^/]+)\.yaml$`)
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && entry.Name() == ".build" {
				return fs.SkipDir
			}
			return err
		}
		// What else is in a testdata folder is made up for the tests beside it.
		if values.MatchString(path) && (!strings.Contains(path, "/testdata/") || strings.Contains(path, "/features/")) {
			require.True(t, taken[absolute(path)], "no release takes %s", path)
		}
		return nil
	}))
	return all
}

// For each version of Kubernetes that the charts are for, the same is rendered, since no template asks which it is. What
// an API server of each version takes is not said here.
func TestEveryKubernetes(t *testing.T) {
	const oldest, newest = 30, 37
	require.Equal(t, newest, minorOf(t, render.DefaultKubeVersion), "a newer Kubernetes is in go.mod; extend the range")
	charts := map[string]*render.Chart{"microservice": chart}
	var err error
	charts["project"], err = render.Load("../../../charts/project")
	require.NoError(t, err)
	all := valuedReleases(t)
	all["everything"] = valued{chart: "microservice", files: []string{writeValues(t, required+everything)}}
	for shows, of := range all {
		t.Run(shows, func(t *testing.T) {
			t.Parallel()
			values, err := render.Layers{Files: of.files, Set: of.set}.Merge()
			require.NoError(t, err)
			at := func(minor int) (render.Manifests, error) {
				release := render.Release{Name: name, Namespace: namespace, KubeVersion: fmt.Sprintf("1.%d", minor)}
				if of.chart == "project" {
					release.Namespace = "platform"
				}
				return render.Render(t.Context(), charts[of.chart], release, values)
			}
			want, err := at(newest)
			require.NoError(t, err)
			require.NotEmpty(t, want.Documents)
			for minor := oldest; minor < newest; minor++ {
				got, err := at(minor)
				require.NoError(t, err, "Kubernetes 1.%d", minor)
				require.Equal(t, want.Text, got.Text, "Kubernetes 1.%d", minor)
			}
			_, err = at(oldest - 1)
			require.ErrorContains(t, err, "chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29")
		})
	}
}

// Both helms keep to the charts' range, for releases of Kubernetes as providers name them too.
func TestEveryKubernetesWithHelm(t *testing.T) {
	file, err := filepath.Abs(writeValues(t, required))
	require.NoError(t, err)
	for _, helm := range helms {
		for version, taken := range map[string]bool{"1.29.15": false, "1.30.0": true, "1.30.0-gke.1": true, "1.33.4-eks-99bf6d9": true, "1.37": true} {
			t.Run(helm.Name+" for "+version, func(t *testing.T) {
				_, err := runHelm(t, helm, chartDir, "template", name, ".", "--values", file, "--kube-version", version)
				if taken {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, "chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v"+version)
				}
			})
		}
	}
}

// minorOf returns the second number of a version of Kubernetes.
func minorOf(t *testing.T, version string) int {
	t.Helper()
	var minor int
	_, err := fmt.Sscanf(version, "v1.%d.", &minor)
	require.NoError(t, err)
	return minor
}

// writeValues writes a values file and returns its path.
func writeValues(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}
