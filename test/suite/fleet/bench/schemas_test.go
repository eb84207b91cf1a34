package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
	"gitlab.example.com/platform/slipway/test/render"
)

// compiled returns the schemas of a version by the names of their files, as kubeconform compiles them.
func compiled(t *testing.T, dir string, version string) map[string]*jsonschema.Schema {
	t.Helper()
	schemas := map[string]*jsonschema.Schema{}
	for name := range rendered {
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(jsonschema.Draft4)
		schema, err := compiler.Compile(filepath.Join(dir, version+"-standalone-strict", name+".json"))
		require.NoError(t, err)
		schemas[name] = schema
	}
	return schemas
}

// fileOf is the name that kubeconform gives a kind's schema.
func fileOf(apiVersion, kind string) string {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		return strings.ToLower(kind) + "-" + apiVersion
	}
	group, _, _ = strings.Cut(group, ".")
	return strings.ToLower(kind) + "-" + group + "-" + version
}

// What the loop is measured with admits what the fleet's releases have, all of it, and no field more.
func TestSchemas(t *testing.T) {
	schemas, fleet := t.TempDir(), t.TempDir()
	require.NoError(t, writeSchemas(schemas))
	folders, err := os.ReadDir(schemas)
	require.NoError(t, err)
	require.Len(t, folders, versions)

	chart, err := render.Load("../../../../charts/microservice")
	require.NoError(t, err)
	services := every(1000, 20)
	require.NoError(t, generate(fleet, services))
	var objects []map[string]any
	for _, service := range services {
		deploy := filepath.Join(fleet, serviceName(service), "deploy")
		values, err := render.Layers{
			Files: []string{filepath.Join(deploy, "values.yaml"), filepath.Join(deploy, "values-prod.yaml")},
			Set:   []string{"image.tag=prod-1"},
		}.Merge()
		require.NoError(t, err)
		manifests, err := render.Render(t.Context(), chart, render.Release{Name: serviceName(service), Namespace: "default"}, values)
		require.NoError(t, err)
		for _, document := range manifests.Documents {
			objects = append(objects, document.Object.Object)
		}
	}
	for _, release := range catalogue.Releases {
		byName := compiled(t, schemas, release.Version)
		kinds := map[string]bool{}
		for _, object := range objects {
			name := fileOf(object["apiVersion"].(string), object["kind"].(string))
			kinds[name] = true
			require.Contains(t, byName, name)
			require.NoError(t, byName[name].Validate(object), release.Version)
			stray := maps.Clone(object)
			stray["dta"] = map[string]any{}
			require.ErrorContains(t, byName[name].Validate(stray), "additional properties 'dta' not allowed", release.Version)
			metadata := maps.Clone(object["metadata"].(map[string]any))
			metadata["label"] = "a"
			stray = maps.Clone(object)
			stray["metadata"] = metadata
			require.ErrorContains(t, byName[name].Validate(stray), "additional properties 'label' not allowed", release.Version)
		}
		require.Equal(t, slices.Sorted(maps.Keys(rendered)), slices.Sorted(maps.Keys(kinds)), "the fleet renders others than there are schemas of")
	}
}

// Each version has its own fields.
func TestSchemasDiffer(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeSchemas(dir))
	texts := map[string]bool{}
	for _, release := range []string{catalogue.Releases[0].Version, catalogue.Releases[versions-1].Version} {
		text, err := os.ReadFile(filepath.Join(dir, release+"-standalone-strict", "deployment-apps-v1.json"))
		require.NoError(t, err)
		texts[string(text)] = true
	}
	require.Len(t, texts, 2)
}
