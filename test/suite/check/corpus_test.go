package check

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

const root = "../../../"

// manifest is one document of the corpus.
type manifest struct {
	name string
	text []byte
}

// required are the values without which the chart does not render.
const required = "{environment: dev, image: {repository: registry.example.com/example, tag: dev-1}}"

// corpus is what rendered returns, once it has.
var corpus []manifest

// rendered are the different documents that the charts make of many values: those of the recipes, of the example in all
// its environments, and of this suite, which turn on all there is.
func rendered(t *testing.T) []manifest {
	t.Helper()
	if corpus != nil {
		return slices.Clone(corpus)
	}
	var all []manifest
	seen, charts := map[string]bool{}, map[string]*render.Chart{}
	add := func(chartDir, name string, layers render.Layers) {
		if charts[chartDir] == nil {
			chart, err := render.Load(root + chartDir)
			require.NoError(t, err)
			charts[chartDir] = chart
		}
		chart := charts[chartDir]
		release := render.Release{Name: "example", Namespace: namespace}
		if chartDir == "charts/project" {
			release = render.Release{Name: namespace, Namespace: "projects"}
		}
		values, err := layers.Merge()
		require.NoError(t, err)
		manifests, err := render.Render(t.Context(), chart, release, values)
		require.NoError(t, err, name)
		for _, document := range manifests.Documents {
			if !seen[document.Text] {
				seen[document.Text] = true
				all = append(all, manifest{name + " " + document.String(), []byte(document.Text)})
			}
		}
	}
	base := filepath.Join(t.TempDir(), "required.yaml")
	require.NoError(t, os.WriteFile(base, []byte(required), 0o600))

	page, err := os.ReadFile(root + "docs/recipes.md")
	require.NoError(t, err)
	for i, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		file := filepath.Join(t.TempDir(), "recipe.yaml")
		require.NoError(t, os.WriteFile(file, block[1], 0o600))
		add("charts/microservice", fmt.Sprintf("recipe %d", i+1), render.Layers{Files: []string{base, file}})
	}
	for _, environment := range []string{"dev", "stg", "prod"} {
		var files []string
		for _, dir := range []string{"ci/platform", "test/example-microservice/deploy"} {
			files = append(files, root+dir+"/values.yaml", root+dir+"/values-"+environment+".yaml")
		}
		add("charts/microservice", "example in "+environment, render.Layers{Files: files, Set: []string{"image.tag=" + environment + "-1"}})
	}
	for _, chart := range []string{"microservice", "project"} {
		files, err := filepath.Glob("testdata/" + chart + "/*.yaml")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			layers := render.Layers{Files: []string{file}}
			if chart == "microservice" {
				layers.Files = []string{base, file}
			}
			add("charts/"+chart, filepath.Base(file), layers)
		}
	}
	corpus = all
	return slices.Clone(all)
}

// written are the objects of testdata: kinds, and fields, that the charts make only of extraObjects.
func written(t *testing.T) []manifest {
	t.Helper()
	files, err := filepath.Glob("testdata/objects/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []manifest
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, manifest{filepath.Base(file), text})
	}
	return all
}

// largest returns the longest document of each kind, which has most of what can be broken.
func largest(t *testing.T, all []manifest) []manifest {
	t.Helper()
	best := map[schema.GroupKind]int{}
	var order []schema.GroupKind
	for i, m := range all {
		kind := schema.FromAPIVersionAndKind(text(m, "apiVersion"), text(m, "kind")).GroupKind()
		known, ok := best[kind]
		if !ok {
			order = append(order, kind)
		}
		if !ok || len(m.text) > len(all[known].text) {
			best[kind] = i
		}
	}
	var kept []manifest
	for _, kind := range order {
		kept = append(kept, all[best[kind]])
	}
	return kept
}

func object(m manifest) map[string]any {
	var content map[string]any
	if yaml.Unmarshal(m.text, &content) != nil {
		return nil
	}
	return content
}

func text(m manifest, key string) string {
	found, _ := object(m)[key].(string)
	return strings.TrimSpace(found)
}
