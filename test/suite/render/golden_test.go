package render_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/gruntwork-io/terratest/modules/helm"
	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/charttest"
)

// goldens (go test ./test/suite/render -run Golden -update) are the example service's manifests: of dev with its namespace, as the hand-written ones were.
var goldens = []struct {
	environment string
	set         map[string]string
}{
	{environment: "dev", set: map[string]string{"image.tag": "dev-1", "namespace.create": "true"}},
	{environment: "stg", set: map[string]string{"image.tag": "stg-1"}},
	{environment: "prod", set: map[string]string{"image.tag": "prod-1"}},
}

func goldenFile(environment string) string { return "testdata/" + environment + ".yaml" }

// exampleFiles are the platform's values and after them the service's own.
func exampleFiles(environment string) []string {
	var files []string
	for _, dir := range []string{platformDir, exampleDir + "/deploy"} {
		files = append(files, dir+"/values.yaml", dir+"/values-"+environment+".yaml")
	}
	return files
}

// A new version of the chart alone changes no golden file.
var chartLabel = regexp.MustCompile(`(?m)^ *helm\.sh/chart: .*\n`)

func TestGolden(t *testing.T) {
	for _, c := range goldens {
		t.Run(c.environment, func(t *testing.T) {
			layers := charttest.New(t, chartDir).Release(name, namespace).Files(exampleFiles(c.environment)...)
			for key, value := range c.set {
				layers = layers.Set(key + "=" + value)
			}
			manifests := layers.Render().Manifests
			requireSound(t, release, manifests)
			text := chartLabel.ReplaceAllString(manifests.Text, "")
			if charttest.Updating() {
				require.NoError(t, os.WriteFile(goldenFile(c.environment), []byte(text), 0o644))
			}
			require.Equal(t, golden(t, c.environment), text)
		})
	}
}

// The same with what a chart's author may know better: terratest and the helm command.
func TestGoldenWithTerratest(t *testing.T) {
	for _, c := range goldens {
		t.Run(c.environment, func(t *testing.T) {
			options := &helm.Options{
				ValuesFiles:    exampleFiles(c.environment),
				SetValues:      c.set,
				KubectlOptions: k8s.NewKubectlOptions("", "", namespace),
				Logger:         logger.Discard,
			}
			text := helm.RenderTemplateContext(t, t.Context(), options, chartDir, name, nil)
			require.Equal(t, golden(t, c.environment), chartLabel.ReplaceAllString(text, "")+"\n")
		})
	}
}

func golden(t *testing.T, environment string) string {
	t.Helper()
	text, err := os.ReadFile(goldenFile(environment))
	require.NoError(t, err)
	return string(text)
}
