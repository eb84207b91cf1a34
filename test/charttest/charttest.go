// Package charttest is for the tests of a chart: a test gives the values that matter to it, renders the chart in process as
// Helm does, and states in Kubernetes' own types what must come of them.
//
//	func TestMain(m *testing.M) { charttest.Main(m) }
//
//	func TestPort(t *testing.T) {
//		manifests := charttest.New(t, "../charts/thing").Values("port: 8080").Render()
//		service := charttest.Get[*corev1.Service](manifests, "thing")
//		require.EqualValues(t, 8080, service.Spec.Ports[0].Port)
//	}
package charttest

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/render"
)

// Case is a release of a chart in one test: each method returns another one, so that cases can share what they begin with.
type Case struct {
	t            testing.TB
	chart        *chart
	release      render.Release
	capabilities render.Capabilities
	layers       []layer
	pairs, texts []string
	schemes      []func(*runtime.Scheme) error
}

// layer is a values file, by its path or its text.
type layer struct{ path, text string }

// chart is loaded once in a process.
type chart struct {
	loaded  *render.Chart
	covered *coverage.Chart   // nil where coverage is not asked for
	profile *coverage.Profile // of all tests
}

var (
	mutex  sync.Mutex
	charts = map[string]*chart{}
)

// New begins a case for the chart in a folder or an archive, from the test's own folder. The release is named after the
// chart, in the namespace default.
func New(t testing.TB, path string) *Case {
	t.Helper()
	opened, err := open(path)
	require.NoError(t, err)
	return &Case{
		t: t, chart: opened, release: render.Release{Name: opened.loaded.Name()},
		capabilities: render.Capabilities{KubeVersion: render.DefaultKubeVersion},
	}
}

func open(path string) (*chart, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	mutex.Lock()
	defer mutex.Unlock()
	if known := charts[absolute]; known != nil {
		return known, nil
	}
	loaded, err := render.Load(path)
	if err != nil {
		return nil, err
	}
	opened := &chart{loaded: loaded}
	if coverageFolder() != "" {
		if opened.covered, err = coverage.New(loaded); err != nil {
			return nil, err
		}
		opened.profile = opened.covered.NewProfile()
	}
	charts[absolute] = opened
	return opened, nil
}

func (c *Case) but(change func(*Case)) *Case {
	other := *c
	other.layers, other.pairs, other.texts = slices.Clone(c.layers), slices.Clone(c.pairs), slices.Clone(c.texts)
	other.schemes = slices.Clone(c.schemes)
	change(&other)
	return &other
}

// For is the case in another test, such as a subtest.
func (c *Case) For(t testing.TB) *Case { return c.but(func(c *Case) { c.t = t }) }

// Values adds values files by their text. Of files, each later one wins.
func (c *Case) Values(yaml ...string) *Case {
	return c.but(func(c *Case) {
		for _, text := range yaml {
			c.layers = append(c.layers, layer{text: text})
		}
	})
}

// Files adds values files by their path.
func (c *Case) Files(paths ...string) *Case {
	return c.but(func(c *Case) {
		for _, path := range paths {
			c.layers = append(c.layers, layer{path: path})
		}
	})
}

// Set adds pairs as Helm's --set does; they win over files.
func (c *Case) Set(pairs ...string) *Case {
	return c.but(func(c *Case) { c.pairs = append(c.pairs, pairs...) })
}

// SetString adds pairs as Helm's --set-string does; they win over Set.
func (c *Case) SetString(pairs ...string) *Case {
	return c.but(func(c *Case) { c.texts = append(c.texts, pairs...) })
}

// Release names the release and its namespace.
func (c *Case) Release(name, namespace string) *Case {
	return c.but(func(c *Case) { c.release.Name, c.release.Namespace = name, namespace })
}

// Kubernetes is the version that the chart is rendered for, such as "1.30", and what it serves, such as
// "monitoring.coreos.com/v1"; nothing means what Helm knows by itself.
func (c *Case) Kubernetes(version string, serves ...string) *Case {
	return c.but(func(c *Case) { c.capabilities = render.Capabilities{KubeVersion: version, APIVersions: serves} })
}

// Scheme adds Go types of custom kinds, such as monitoringv1.AddToScheme.
func (c *Case) Scheme(add ...func(*runtime.Scheme) error) *Case {
	return c.but(func(c *Case) { c.schemes = append(c.schemes, add...) })
}

// Render renders the case, and ends the test if that fails.
func (c *Case) Render() *Manifests {
	c.t.Helper()
	manifests, err := c.Try()
	require.NoError(c.t, err)
	types := runtime.NewScheme()
	for _, add := range append([]func(*runtime.Scheme) error{scheme.AddToScheme}, c.schemes...) {
		require.NoError(c.t, add(types))
	}
	return &Manifests{Manifests: manifests, t: c.t, scheme: types}
}

// Refused requires that chart or schema refuse the values with a message that names a path in them, such as image.tag, and
// has these words.
func (c *Case) Refused(path string, words ...string) {
	c.t.Helper()
	_, err := c.Try()
	require.NoError(c.t, refusal(err, path, words))
}

// Try renders the case, and returns the error of a render that fails.
func (c *Case) Try() (render.Manifests, error) {
	values, err := c.Merged()
	if err != nil {
		return render.Manifests{}, err
	}
	if c.chart.covered == nil {
		return render.RenderFor(c.t.Context(), c.chart.loaded, c.release, values, c.capabilities)
	}
	return c.chart.covered.Render(c.t.Context(), c.chart.profile, source(c.t), c.release, values, c.capabilities)
}

// Merged returns the values of the case, merged as Helm does, without the chart's own.
func (c *Case) Merged() (map[string]any, error) {
	var files []map[string]any
	for i, layer := range c.layers {
		var values map[string]any
		var err error
		where := fmt.Sprintf("values text %d", i+1)
		if layer.path != "" {
			where = layer.path
			values, err = render.Layers{Files: []string{layer.path}}.Merge()
		} else {
			values, err = parse(layer.text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		files = append(files, maps.Clone(values))
	}
	return render.MergeRead(files, c.pairs, c.texts)
}
