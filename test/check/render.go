package check

import (
	"context"

	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

// Render returns the manifests of one release for a version of Kubernetes, as `helm template` prints them.
func Render(ctx context.Context, release Release, version string) (string, error) {
	capabilities, err := kubernetes.Version(version).Capabilities()
	if err != nil {
		return "", err
	}
	chart, err := render.Load(release.Chart)
	if err != nil {
		return "", err
	}
	values, err := Values(release, chart)
	if err != nil {
		return "", err
	}
	manifests, err := render.RenderFor(ctx, chart, helmRelease(release), values, render.Capabilities(capabilities))
	return manifests.Text, err
}

// Values merges the layers of a release, without the chart's own.
func Values(release Release, chart *render.Chart) (map[string]any, error) {
	s := &service{Checker: &Checker{platform: map[string]readFile{}}, files: map[string]*valuesfile.File{}}
	var err error
	for _, layer := range release.Layers {
		if s.files[layer.Path], err = s.open(layer); err != nil {
			return nil, err
		}
	}
	return s.values(release, chart, nil)
}
