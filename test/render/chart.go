// Package render makes a release's manifests from a chart and values, in process, as `helm template` does. It is the
// only package that knows Helm's engine: what it takes and returns are its own types and Kubernetes'.
package render

import (
	"fmt"
	"maps"
	"slices"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// Chart is a chart in memory. It is loaded once and may be rendered by many goroutines at the same time.
type Chart struct {
	chart   *chart.Chart
	schemas *schemas
	packing *packing
}

// Load reads the chart in a folder or in an archive (.tgz). It fails, in Helm's words, on what Helm does not install: no
// chart, a library chart, or a chart with dependencies that are not in its charts/ folder.
func Load(path string) (*Chart, error) {
	loaded, err := loader.Load(path)
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", path, err)
	}
	return usable(path, loaded)
}

// LoadFiles reads a chart from the texts of its files, by path in the chart. It fails as Load does.
func LoadFiles(files map[string]string) (*Chart, error) {
	var buffered []*loader.BufferedFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		buffered = append(buffered, &loader.BufferedFile{Name: name, Data: []byte(files[name])})
	}
	loaded, err := loader.LoadFiles(buffered)
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return usable("", loaded)
}

func usable(path string, loaded *chart.Chart) (*Chart, error) {
	if kind := loaded.Metadata.Type; kind != "" && kind != "application" {
		return nil, fmt.Errorf("chart %s: %s charts are not installable", path, kind)
	}
	if err := action.CheckDependencies(loaded, loaded.Metadata.Dependencies); err != nil {
		return nil, fmt.Errorf("chart %s: %w; run `helm dependency build %[1]s` first", path, err)
	}
	return &Chart{chart: loaded, schemas: &schemas{}, packing: &packing{}}, nil
}

// forRender returns what one render may use. Helm removes disabled dependencies from the chart that it renders, so a
// chart that has dependencies is parsed anew; one without is never written to and is shared.
func (c *Chart) forRender() (*chart.Chart, error) {
	if len(c.chart.Metadata.Dependencies) == 0 {
		return c.chart, nil
	}
	files := make([]*loader.BufferedFile, 0, len(c.chart.Raw))
	for _, file := range c.chart.Raw {
		files = append(files, &loader.BufferedFile{Name: file.Name, Data: file.Data})
	}
	return loader.LoadFiles(files)
}

// Name is the chart's own.
func (c *Chart) Name() string { return c.chart.Name() }

// AppVersion is that of what the chart deploys, where it says so; many charts take it for the tag of their image.
func (c *Chart) AppVersion() string { return c.chart.Metadata.AppVersion }

// Defaults are the chart's own values. They are not to be changed.
func (c *Chart) Defaults() map[string]any { return c.chart.Values }

// Has says whether the chart's default values have something at a path, be it empty.
func (c *Chart) Has(path ...string) bool {
	var at any = c.chart.Values
	for _, key := range path {
		table, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if at, ok = table[key]; !ok {
			return false
		}
	}
	return true
}
