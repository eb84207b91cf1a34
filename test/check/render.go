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
	c, err := NewChecker(Settings{Versions: []string{version}})
	if err != nil {
		return "", err
	}
	s := &service{Checker: c, files: map[string]*valuesfile.File{}}
	for _, layer := range release.Layers {
		if s.files[layer.Path], err = s.open(layer); err != nil {
			return "", err
		}
	}
	chart, err := s.load(release.Chart)
	if err != nil {
		return "", err
	}
	values, err := s.values(release, chart, nil)
	if err != nil {
		return "", err
	}
	manifests, err := render.RenderFor(ctx, chart, helmRelease(release), values, render.Capabilities(capabilities))
	return manifests.Text, err
}
